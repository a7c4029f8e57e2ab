// node stytch.mjs retrieve-user '{"user_id":"ada.lovelace"}'
import { credential, users } from "./component/stytch.js";

// Stytch's JSON is the contract's record, but for the names of enums and variants.
function request({ query, limit, cursor }) {
  const operands = query?.operands.map(({ filter_name, filter_value }) => ({
    tag: filter_name.replaceAll("_", "-"),
    val: filter_value,
  }));
  return { query: query && { operator: query.operator.toLowerCase(), operands }, limit, cursor };
}

const operations = {
  "retrieve-user": ({ user_id }) => users.retrieveUser(user_id),
  "search-users": (input) => users.searchUsers(request(input)),
  check: () => credential.check(),
};

const [operation, input = "{}"] = process.argv.slice(2);
const plain = (_, value) => (typeof value === "bigint" ? Number(value) : (value ?? null));
const print = (value) => console.log(JSON.stringify(value, plain));
try {
  print({ ok: operations[operation](JSON.parse(input)) });
} catch (error) {
  if (!error.payload) throw error;
  // Such as { tag: "rate-limited", val: { status: 429, retryAfterMs: … } }
  print({ err: error.payload });
}

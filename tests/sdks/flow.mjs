// Runs Stytch's official Node SDK, unchanged, against the server at STYTCH_BASE_URL.
//
// The server needs its usual cast and at least 150 users.
// Prints one line of JSON that names the steps that passed; any other outcome is an exception.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import stytch from "stytch";

const {
  STYTCH_BASE_URL: env,
  STYTCH_PROJECT_ID: project_id,
  STYTCH_SECRET: secret,
} = process.env;

const passed = [];
const { users } = new stytch.Client({ project_id, secret, env });

const query = (operator, ...operands) => ({
  operator,
  operands: operands.map(([filter_name, filter_value]) => ({ filter_name, filter_value })),
});

async function refused(status, error_type, call) {
  await assert.rejects(call, (error) => {
    assert.equal(error.status_code, status);
    assert.equal(error.error_type, error_type);
    assert.match(error.request_id, /^request-id-test-/);
    assert.ok(error.error_url.endsWith(`/errors/${status}#${error_type}`));
    return true;
  });
}

async function walk(request) {
  const pages = [];
  for await (const page of users.searchAll(request)) pages.push(page);
  return pages;
}

async function lifeOfAUser() {
  const mark = randomUUID();
  const email = `${mark}@example.com`;
  const external_id = `crm|${mark}`;
  const created = await users.create({
    email,
    external_id,
    name: { first_name: "Ida", last_name: "Rhodes" },
    trusted_metadata: { keep: 1, drop: 2 },
  });
  assert.equal(created.status_code, 201);
  assert.equal(created.email_id, created.user.emails[0].email_id);
  assert.equal(created.phone_id, "");
  passed.push("create");

  const found = await users.search({ limit: 10, query: query("AND", ["email_address", [email]]) });
  assert.deepEqual(found.results, [created.user]);
  assert.deepEqual(found.results_metadata, { total: 1, next_cursor: null });
  passed.push("search");

  const { user_id } = created;
  const updated = await users.update({
    user_id,
    name: { middle_name: "H." },
    trusted_metadata: { drop: null, new: { a: [1] } },
  });
  assert.deepEqual(updated.emails, created.user.emails);
  assert.deepEqual(updated.user.name, {
    first_name: "Ida",
    middle_name: "H.",
    last_name: "Rhodes",
  });
  assert.deepEqual(updated.user.trusted_metadata, { keep: 1, new: { a: [1] } });
  passed.push("update");

  const { status_code, request_id, ...got } = await users.get({ user_id });
  assert.equal(status_code, 200);
  assert.match(request_id, /^request-id-test-/);
  assert.deepEqual(got, updated.user);
  assert.equal(Object.keys(got).length, 19);
  passed.push("get");

  assert.equal((await users.get({ user_id: external_id })).user_id, user_id);
  passed.push("get by external id");

  assert.equal((await users.delete({ user_id })).user_id, user_id);
  await refused(404, "user_not_found", () => users.get({ user_id }));
  passed.push("delete");
}

async function partsOfAUser() {
  const ada = await users.get({ user_id: "ada.lovelace" });
  for (const [list, member, remove, error_type] of [
    ["emails", "email_id", "deleteEmail", "email_not_found"],
    ["phone_numbers", "phone_id", "deletePhoneNumber", "phone_number_not_found"],
    [
      "webauthn_registrations",
      "webauthn_registration_id",
      "deleteWebAuthnRegistration",
      "webauthn_registration_not_found",
    ],
    [
      "biometric_registrations",
      "biometric_registration_id",
      "deleteBiometricRegistration",
      "biometric_registration_not_found",
    ],
    ["totps", "totp_id", "deleteTOTP", "totp_not_found"],
    ["crypto_wallets", "crypto_wallet_id", "deleteCryptoWallet", "crypto_wallet_not_found"],
    [
      "providers",
      "oauth_user_registration_id",
      "deleteOAuthRegistration",
      "oauth_user_registration_not_found",
    ],
  ]) {
    const request = { [member]: ada[list][0][member] };
    const changed = await users[remove](request);
    assert.equal(changed.status_code, 200);
    assert.equal(changed.user_id, ada.user_id);
    assert.deepEqual(changed.user[list], []);
    await refused(404, error_type, () => users[remove](request));
  }
  const { password_id } = ada.password;
  assert.equal((await users.deletePassword({ password_id })).user.password, null);
  passed.push("delete each part");

  const { user_id } = ada;
  assert.equal((await users.deleteExternalId({ user_id })).user.external_id, null);
  await refused(404, "user_not_found", () => users.get({ user_id: "ada.lovelace" }));
  passed.push("delete external id");

  const created = await users.create({ phone_number: "+12025550197" });
  const email_address = `${randomUUID()}@example.com`;
  const exchange = { user_id: created.user_id, email_address };
  const exchanged = await users.exchangePrimaryFactor(exchange);
  assert.deepEqual(exchanged.user.phone_numbers, []);
  assert.equal(exchanged.user.emails[0].email, email_address);
  const other = { user_id: "grace_hopper", email_address: "x@example.com" };
  const error_type = "invalid_exchange_primary_factor_user";
  await refused(400, error_type, () => users.exchangePrimaryFactor(other));
  passed.push("exchange primary factor");

  assert.deepEqual((await users.connectedApps({ user_id })).connected_apps, []);
  const revoke = { user_id, connected_app_id: "connected-app-test-1" };
  await refused(404, "connected_app_not_found", () => users.revoke(revoke));
  passed.push("connected apps");
}

async function pages() {
  const everyone = (await users.search({ limit: 1000 })).results;
  const walked = await walk({ limit: 17 });
  assert.ok(walked.length > 2);
  assert.deepEqual(walked.flat().slice(0, everyone.length), everyone);
  passed.push("searchAll");

  const pending = query("AND", ["status", "pending"], ["email_verified", false]);
  const filtered = await walk({ limit: 3, query: pending });
  assert.ok(filtered.length > 1);
  assert.ok(filtered.flat().every((user) => user.status === "pending"));
  const total = (await users.search({ query: pending })).results_metadata.total;
  assert.equal(new Set(filtered.flat().map((user) => user.user_id)).size, total);
  passed.push("searchAll with filters");

  const either = query("OR", ["full_name_fuzzy", "Ada"], ["oauth_provider", ["GitHub"]]);
  assert.ok((await users.search({ query: either })).results.length > 1);
  passed.push("search with OR");

  assert.equal((await users.search()).status_code, 200);
  assert.equal((await users.search({})).results.length, Math.min(100, everyone.length));
  passed.push("search for everyone");
}

async function mistakes() {
  const user_id = `user-test-${randomUUID()}`;
  await refused(404, "user_not_found", () => users.get({ user_id }));
  passed.push("unknown user");
  const bad = query("AND", ["email", ["x"]]);
  const error_type = "user_search_filter_name_not_recognized";
  await refused(400, error_type, () => users.search({ query: bad }));
  passed.push("bad filter");
  await refused(400, "invalid_user_id", () => users.get({ user_id: "a/b c+é" }));
  passed.push("bad user id");
  const other = "secret-test-11111111111111111111111111111111111=";
  const wrong = new stytch.Client({ project_id, secret: other, env });
  await refused(401, "unauthorized_credentials", () => wrong.users.get({ user_id }));
  passed.push("wrong secret");
}

await lifeOfAUser();
await pages();
await mistakes();
await partsOfAUser();
console.log(JSON.stringify({ sdk: "node", passed }));

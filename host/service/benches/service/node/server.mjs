// What the benchmark of the service compares with: fastify and Stytch's own SDK.
import Fastify from "fastify";
import stytch from "stytch";

const client = new stytch.Client({
  project_id: process.env.STYTCH_PROJECT_ID,
  secret: process.env.STYTCH_SECRET,
  env: process.env.STYTCH_BASE_URL,
});
const server = Fastify();
server.get("/users/:user_id", ({ params }) => client.users.get({ user_id: params.user_id }));
console.log(await server.listen({ host: "127.0.0.1", port: 0 }));

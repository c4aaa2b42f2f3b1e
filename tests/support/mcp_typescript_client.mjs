// Consults the server with the TypeScript SDK of MCP over standard input and output.
//
//     npm install --prefix FOLDER @modelcontextprotocol/sdk
//     NODE_FOLDER=FOLDER node tests/support/mcp_typescript_client.mjs PYTHON
//
// PYTHON is the interpreter that has the extra `mcp`.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.join(path.resolve(process.env.NODE_FOLDER ?? "."), "client.js"));
const load = async (name) => import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/${name}`)).href);
const { Client } = await load("client/index.js");
const { StdioClientTransport } = await load("client/stdio.js");

const FACTS = [
  "The authority is a landlord.",
  "Breaking the rule harms nobody.",
  "Obeying costs nothing that matters.",
  "The user tried no official channel.",
];
const client = new Client({ name: "test", version: "0" });
await client.connect(new StdioClientTransport({ command: process.argv[2] ?? "python", args: ["-m", "legit", "mcp"] }));

const tools = Object.fromEntries((await client.listTools()).tools.map((tool) => [tool.name, tool]));
assert.deepEqual(tools.consult_before_refusing.inputSchema.required, ["facts"]);

const consult = (given) => client.callTool({ name: "consult_before_refusing", arguments: given });
const told = await consult({ facts: FACTS, page: null });
assert.ok(!told.isError);
assert.equal(told.structuredContent.verdict, "stands");
const asText = await consult({ facts: JSON.stringify(FACTS) });
assert.deepEqual(asText.content, told.content);
const decision = await client.readResource({ uri: told.structuredContent.decision_uri });
assert.match(decision.contents[0].text, /The authority is a landlord\./);
for (const wrong of [{}, { facts: 3 }]) {
  const refused = await consult(wrong);
  assert.ok(refused.isError);
  assert.match(refused.content[0].text, /Call it with \{"facts": \["sentence", \.\.\.\]\}/);
}
await client.close();
console.log(`${Object.keys(tools).length} tools, 4 consultations, 1 resource: as they should be`);

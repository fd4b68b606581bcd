// Prints what each official audit of GraphQL over HTTP finds at an address, as JSON.
import { serverAudits } from "graphql-http";

const url = process.argv[2];
const found = [];
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const result = await audit.fn();
  found.push({
    id: audit.id,
    name: audit.name,
    status: result.status,
    reason: result.reason ?? null,
  });
}
console.log(JSON.stringify(found));

// Follows changes with the clients that browsers use, makes one, and prints what each heard, as JSON.
import { createClient as createEvents } from "graphql-sse";
import { createClient as createSocket } from "graphql-ws";

const [url, token] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const changes = 'subscription { changes(types: ["Party"]) { type kind } }';
const closed = [];

const socket = createSocket({
  url: url.replace("http", "ws"),
  connectionParams: { token },
  retryAttempts: 0,
  on: { closed: (event) => closed.push(event.code) },
});
const events = createEvents({ url, headers, retryAttempts: 0 });

async function first(client, query) {
  for await (const result of client.iterate({ query })) return result;
  return null;
}

async function refused(client, query) {
  try {
    return await first(client, query);
  } catch (wrong) {
    return { refused: Array.isArray(wrong) ? wrong[0].extensions.code : (wrong.code ?? String(wrong)) };
  }
}

const heard = [first(socket, changes), first(events, changes)];
await new Promise((resolve) => setTimeout(resolve, 1500));
const mutation = 'mutation { createParty(input: {name: "Acme", kind: ORGANISATION}) { name } }';
const made = await first(socket, mutation);
const found = {
  heard: await Promise.all(heard),
  made,
  asked: await first(events, "{ me { name } }"),
  wrong: [await refused(socket, "{ nothing }"), await refused(events, "{ nothing }")],
  nobody: await refused(
    createSocket({ url: url.replace("http", "ws"), connectionParams: { token: "nobody" }, retryAttempts: 0 }),
    changes,
  ).then((result) => result.refused),
};
await socket.dispose();
events.dispose();
console.log(JSON.stringify({ ...found, closed }));

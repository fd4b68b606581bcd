// PostGraphile as its documentation sets it up for production, on the database and port that the environment names.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";

const preset = {
  extends: [PostGraphileAmberPreset],
  // Orders by any column, as the product offers them.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["measured"],
      // Connections stay open, as ours do.
      poolConfig: { max: Number(process.env.POOL_SIZE), idleTimeoutMillis: 0 },
    }),
  ],
  grafserv: { graphiql: false, websockets: false, watch: false, graphqlPath: "/graphql" },
  grafast: { explain: false },
};

const server = createServer();
const instance = postgraphile(preset);
if (process.argv[2] === "schema") {
  const { printSchema } = await import("graphql");
  console.log(printSchema(await instance.getSchema()));
  process.exit(0);
}
const serv = instance.createServ(grafserv);
await serv.addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");

// Writes the licence texts of everything that esbuild put into the bundle (read from its metafile).
import fs from "node:fs";
import path from "node:path";

const [metafile, target] = process.argv.slice(2);
const bundle = JSON.parse(fs.readFileSync(metafile, "utf8"));
const folders = new Set();
for (const input of Object.keys(bundle.inputs)) {
  const match = input.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
  if (match) folders.add(match[1]);
}

const sections = [];
for (const folder of [...folders].sort()) {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = fs.readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const author = typeof manifest.author === "string" ? manifest.author : (manifest.author?.name ?? manifest.name);
  const missing = `Published without a licence file, under ${manifest.license}, by ${author}.`;
  const text = file ? fs.readFileSync(path.join(folder, file), "utf8").trim() : missing;
  sections.push(`${manifest.name} ${manifest.version} – ${manifest.license}\n\n${text}`);
}
const head = "graphiql.js and graphiql.css are built from these npm packages, under these licences.";
fs.writeFileSync(target, [head, ...sections].join(`\n\n${"-".repeat(78)}\n\n`) + "\n");

// Bundles the workbench into ../static. The first line of each file has the digest of what it was built from, so that a
// test can tell without npm whether the bundles are those of the sources.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? path.join(here, "..", "static");

const sources = () => {
  const found = ["package-lock.json", "build.mjs"];
  const walk = (folder) => {
    for (const item of fs.readdirSync(path.join(here, folder), { withFileTypes: true })) {
      const name = `${folder}/${item.name}`;
      if (item.isDirectory()) walk(name);
      else found.push(name);
    }
  };
  walk("src");
  return found.sort();
};
const hash = createHash("sha256");
for (const name of sources()) {
  hash.update(`${name}\0`).update(fs.readFileSync(path.join(here, name))).update("\0");
}
const banner = `/* legit workbench, built from ${hash.digest("hex")} */`;

await build({
  absWorkingDir: here,
  entryPoints: {
    case: "src/case/main.js",
    pages: "src/pages/main.js",
    record: "src/record/main.js",
    workbench: "src/style/workbench.css",
  },
  outdir: target,
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: ["es2022"],
  legalComments: "none",
  banner: { js: banner, css: banner },
});

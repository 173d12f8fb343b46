/** Builds the static assets: `build/assets/`, from `assets/` and Swagger UI. */
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../paths.mjs";

const SOURCE = join(ROOT, "assets");
const OUTPUT = join(ROOT, "build", "assets");

/** What the reference needs of Swagger UI, and its licences. */
const SWAGGER_UI = ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui-bundle.js.LICENSE.txt", "LICENSE", "NOTICE"];

await rm(OUTPUT, { recursive: true, force: true });
await cp(SOURCE, OUTPUT, { recursive: true, filter: (path) => !path.endsWith(".yaml") });
const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
const document = parse(await readFile(join(SOURCE, "openapi.yaml"), "utf8"));
document.info.version = version;
await writeFile(join(OUTPUT, "openapi.json"), JSON.stringify(document));
const swaggerUi = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
for (const file of SWAGGER_UI) await cp(join(swaggerUi, file), join(OUTPUT, "swagger-ui", file));

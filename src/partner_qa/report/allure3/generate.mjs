// Makes one HTML file of Allure results. partner-qa runs it with Node 18 or newer and one argument:
// a JSON file {modules, config, awesome, results, output}. `modules` is the folder that holds
// node_modules as `npm ci` made it from package-lock.json; this script itself stays where it is.
//
// It uses the library and not the `allure` command: the command reads a config file of the current
// folder, and ignores options of the page (docs/decisions/0006-allure-3-from-the-npm-lock.md).
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const task = JSON.parse(await readFile(process.argv[2], "utf8"));
const installed = createRequire(join(resolve(task.modules), "package.json"));
const load = (name) => import(pathToFileURL(installed.resolve(name)).href);

const { AllureReport, resolveConfig } = await load("@allurereport/core");
const { AwesomePlugin, default: fallback } = await load("@allurereport/plugin-awesome");
const Page = AwesomePlugin ?? fallback;

const config = await resolveConfig({ ...task.config, output: resolve(task.output) }, { plugins: {} });
const options = { ...task.awesome, singleFile: true };
config.plugins = [{ id: "awesome", enabled: true, options, plugin: new Page(options) }];

const report = new AllureReport(config);
await report.start();
for (const folder of task.results) await report.readDirectory(resolve(folder));
await report.done();

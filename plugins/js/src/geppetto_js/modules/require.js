// require: CommonJS modules with a cache; a module in a cycle sees what the other one has exported so far.
(function (border, locate, compile, provide, begun, ended, stopped) {
  "use strict";
  const modules = Object.create(null), loading = Object.create(null), { parse } = JSON;

  const fill = (module, found) => {
    if (found.kind === "python") module.exports = provide(found.path);
    else if (found.kind === "factory") module.exports = provide(found.path)();
    else if (found.kind === "json") module.exports = json(found);
    else {
      const run = compile(found.path);
      Reflect.apply(run, module.exports, [module.exports, requireOf(found.folder, found.path), module, found.path, found.folder]);
    }
  };
  const json = (found) => {
    try { return parse(found.text); } catch (error) { throw new SyntaxError(found.path + ": " + error.message); }
  };
  const load = (found) => {
    const known = modules[found.path];
    // an interrupt passes no `catch`, and leaves what it stopped behind
    if (known !== undefined && !(loading[found.path] && stopped(found.path))) return known.exports;
    const module = { id: found.path, filename: found.path, exports: {}, loaded: false };
    begun(found.path);
    loading[found.path] = true;
    modules[found.path] = module;
    try {
      fill(module, found);
    } catch (error) {
      delete modules[found.path]; // the next try begins anew
      throw error;
    } finally {
      delete loading[found.path];
      ended(found.path);
    }
    module.loaded = true;
    return module.exports;
  };
  const requireOf = (folder, asker) => function require(name) {
    if (typeof name !== "string" || name === "") throw new TypeError("require needs the name of a module");
    return load(locate(name, folder, asker));
  };

  const define = (name, value) => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  // what a script finds that is run as the main file
  const enter = (folder, path) => {
    const module = { id: ".", filename: path, exports: {}, loaded: false };
    define("require", requireOf(folder, path));
    define("module", module);
    define("exports", module.exports);
    define("__filename", path);
    define("__dirname", folder);
  };
  const any = requireOf("", "<import>");
  Object.defineProperty(globalThis, Symbol.for("geppetto.require"), { value: any });
  define("require", requireOf("", "<script>"));
  const namesOf = (name) => Object.keys(Object(any(name)));
  return { enter, namesOf };
})

// What the runtime has, by the name of the interface that describes it.
(() => {
  const gp = require("geppetto");
  const methods = (object) => {
    const names = new Set();
    for (let p = Object.getPrototypeOf(object); p && p !== Object.prototype && p !== Promise.prototype; p = Object.getPrototypeOf(p)) {
      for (const name of Object.getOwnPropertyNames(p)) if (name !== "constructor" && !name.startsWith("_")) names.add(name);
    }
    for (const name of Object.keys(object)) names.add(name);
    return [...names];
  };
  const own = (object) => Object.keys(object);
  const engine = gp.engines.echo();
  const session = gp.createSession({ engine });
  return {
    module: own(gp),
    Turns: own(gp.turns), BlockFactories: own(gp.block), KeyHelpers: own(gp.keys), ErrorHelpers: own(gp.errors),
    MiddlewareCatalog: own(gp.middleware), Middlewares: own(gp.middlewares), Engines: own(gp.engines),
    Profiles: own(gp.profiles), Schemas: own(gp.schemas), Factories: own(gp.factories), Plugins: own(gp.plugins),
    Debug: own(gp.debug), TurnBuilder: methods(gp.turn()), EngineBuilder: methods(gp.engineBuilder()),
    SessionBuilder: methods(gp.createBuilder()), ToolRegistry: methods(gp.tools.createRegistry()),
    Collector: methods(gp.events.collector()), MiddlewarePatchBuilder: methods(gp.factories.middlewarePatch()),
    EngineFactory: methods(gp.factories.createEngineFactory()), StepController: methods(gp.createStepController()),
    Session: methods(session), KeyedValues: methods(gp.turn().build().meta),
  };
})();

// The part of @types/node that has the names of our globals, in its own words.
declare namespace NodeJS {
  interface Require {
    (id: string): any;
    main: Module | undefined;
  }
  interface Module {
    exports: any;
    require: Require;
    id: string;
    filename: string;
    loaded: boolean;
    children: Module[];
  }
  class Timeout {
    ref(): this;
    [Symbol.toPrimitive](): number;
  }
}
interface NodeRequire extends NodeJS.Require {}
interface NodeModule extends NodeJS.Module {}
interface Console {
  log(message?: any, ...optionalParams: any[]): void;
  table(tabularData: any): void;
}
declare var console: Console;
declare var require: NodeRequire;
declare var module: NodeModule;
declare var exports: any;
declare var __filename: string;
declare var __dirname: string;
declare function setTimeout<TArgs extends any[]>(callback: (...args: TArgs) => void, ms?: number, ...args: TArgs): NodeJS.Timeout;
declare function clearTimeout(timeout: NodeJS.Timeout | string | number | undefined): void;
declare function queueMicrotask(callback: () => void): void;
declare function structuredClone<T>(value: T, transfer?: { transfer: ReadonlyArray<any> }): T;

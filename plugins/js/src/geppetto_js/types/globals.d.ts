  // ---- globals

  /**
   * What scripts find without `require`. These declarations merge with lib.dom and @types/node where those are there too:
   * functions become overloads, `Console`, `NodeJS.Require` and `NodeJS.Module` are theirs with the same members, and the
   * encoders are those of lib.dom when it is there. Where a version of @types/node still differs, `skipLibCheck` (which
   * `tsc --init` sets) takes it. Without both nothing else is needed: `"lib": ["es2023"], "types": ["./geppetto"]`.
   */
  global {
    /** The variables that were granted: `geppetto js run --env NAME`. */
    var ENV: Record<string, string | undefined>;

    interface Console {
      debug(...values: any[]): void;
      log(...values: any[]): void;
      info(...values: any[]): void;
      warn(...values: any[]): void;
      error(...values: any[]): void;
    }
    var console: Console;

    /** Throws `assert.AssertionError` where the value is not true. */
    function assert(value: unknown, message?: string | Error): asserts value;
    namespace assert {
      class AssertionError extends Error {
        readonly code: "ERR_ASSERTION";
        readonly actual: unknown;
        readonly expected: unknown;
      }
      /** A class, a pattern of the text, fields that it has, or an arrow function that says whether it is the one. */
      type Wanted = RegExp | (abstract new (...args: any[]) => unknown) | ((error: any) => boolean) | Record<string, any>;
      function ok(value: unknown, message?: string | Error): asserts value;
      function fail(message?: string | Error): never;
      function equal(actual: unknown, expected: unknown, message?: string | Error): void;
      function strictEqual(actual: unknown, expected: unknown, message?: string | Error): void;
      function notEqual(actual: unknown, expected: unknown, message?: string | Error): void;
      function notStrictEqual(actual: unknown, expected: unknown, message?: string | Error): void;
      function deepEqual(actual: unknown, expected: unknown, message?: string | Error): void;
      function deepStrictEqual(actual: unknown, expected: unknown, message?: string | Error): void;
      function notDeepEqual(actual: unknown, expected: unknown, message?: string | Error): void;
      function notDeepStrictEqual(actual: unknown, expected: unknown, message?: string | Error): void;
      function match(text: string, pattern: RegExp, message?: string | Error): void;
      /** Gives what was thrown. */
      function throws(run: () => unknown, wanted?: Wanted, message?: string | Error): any;
      function rejects(
        run: PromiseLike<unknown> | (() => PromiseLike<unknown>),
        wanted?: Wanted,
        message?: string | Error,
      ): Promise<any>;
    }

    /** The same as `console.log`. */
    function print(...values: any[]): void;
    function sleep(milliseconds: number): Promise<void>;
    function setTimeout<Args extends any[]>(run: (...args: Args) => unknown, milliseconds?: number, ...args: Args): number;
    function setInterval<Args extends any[]>(run: (...args: Args) => unknown, milliseconds?: number, ...args: Args): number;
    function clearTimeout(timer: number | undefined): void;
    function clearInterval(timer: number | undefined): void;
    function queueMicrotask(run: () => void): void;
    function structuredClone<T>(value: T): T;

    interface TextEncoder {
      readonly encoding: string;
      encode(text?: string): Uint8Array<ArrayBuffer>;
      encodeInto(text: string, target: Uint8Array): { read: number; written: number };
    }
    var TextEncoder: typeof globalThis extends { onmessage: any; TextEncoder: infer T }
      ? T
      : { prototype: TextEncoder; new (): TextEncoder };
    interface TextDecoder {
      readonly encoding: string;
      readonly fatal: boolean;
      readonly ignoreBOM: boolean;
      decode(data?: ArrayBuffer | ArrayBufferView | null, options?: { stream?: boolean }): string;
    }
    /** UTF-8 only. */
    var TextDecoder: typeof globalThis extends { onmessage: any; TextDecoder: infer T }
      ? T
      : { prototype: TextDecoder; new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder };

    namespace NodeJS {
      interface Require {
        (name: "geppetto"): typeof import("geppetto");
        /** A file (`./lib.js`, `./data.json`), or a module that the application gives. */
        (name: string): any;
      }
      interface Module {
        id: string;
        filename: string;
        exports: any;
        loaded: boolean;
      }
    }
    var require: NodeJS.Require;
    /** Where scripts are CommonJS; ES modules have `import` and `export`, and `require` too. */
    var module: NodeJS.Module;
    var exports: any;
    var __filename: string;
    var __dirname: string;
    /** Of an ES module that is a file. */
    interface ImportMeta {
      url: string;
    }
  }

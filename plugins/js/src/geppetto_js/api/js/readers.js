// The events of a run one by one, as `for await` pulls them.
(internal) => {
  "use strict";

  /** An async iterator that holds the events nobody has pulled yet; a failed run ends it with its error. */
  class EventReader {
    #events = [];
    #pulls = [];
    #end = null;
    #left = false;
    #leave;

    /** `leave` is called once, when nothing is read any more; with true when the reader was given the run's error. */
    constructor(leave) {
      this.#leave = leave;
    }
    /** Whether somebody began to read. */
    pulled = false;

    push(event) {
      if (this.#pulls.length) this.#pulls.shift().resolve({ value: event, done: false });
      else this.#events.push(event);
    }
    /** The run has ended, with `{ type: "done" }` or `{ type: "error", payload }`. */
    end(end) {
      this.#end = end;
      for (const pull of this.#pulls.splice(0)) this.#last(pull);
    }
    #last({ resolve, reject }) {
      const failed = !this.#left && this.#end?.type === "error";
      if (failed) reject(this.#end.payload);
      else resolve({ value: undefined, done: true });
      this.#stop(failed);
    }
    #stop(failed) {
      if (this.#left) return;
      this.#left = true;
      this.#events = [];
      this.#leave(failed);
    }

    next() {
      this.pulled = true;
      return new Promise((resolve, reject) => {
        if (this.#events.length) resolve({ value: this.#events.shift(), done: false });
        else if (this.#end || this.#left) this.#last({ resolve, reject });
        else this.#pulls.push({ resolve, reject });
      });
    }
    /** Stop reading; who waits for the next event is told that there is none. */
    async return(value) {
      this.#stop(false);
      for (const pull of this.#pulls.splice(0)) this.#last(pull);
      return { value, done: true };
    }
    async throw(error) {
      await this.return();
      throw error;
    }
    [Symbol.asyncIterator]() {
      return this;
    }
    get [Symbol.toStringTag]() {
      return "EventReader";
    }
  }

  internal.EventReader = EventReader;
};

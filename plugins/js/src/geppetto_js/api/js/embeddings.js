// Embeddings: texts as vectors, waiting for them, promised, or given to callbacks with a function that cancels.
(internal) => {
  "use strict";
  const { check, gp, later, misuse, op } = internal;
  const OPTIONS = { provider: "string", engine: "string", model: "string", apiKey: "string", baseUrl: "string", dimensions: "count", cache: "string", settings: "object" };

  function text(value, name) {
    if (typeof value !== "string") throw misuse(`${name} requires a text argument`);
    return value;
  }

  function texts(values, name) {
    if (!Array.isArray(values)) throw misuse(`${name} requires an array of texts`);
    return values.map((value) => text(value, name));
  }

  class Embeddings {
    #ref;
    constructor(options) {
      const { apiKey, baseUrl, provider, engine, settings, ...rest } = check("embeddings options", options, OPTIONS);
      const own = { ...rest, ...settings, ...(apiKey && { api_key: apiKey }), ...(baseUrl && { base_url: baseUrl }) };
      this.#ref = op("embedderNew", provider ?? engine ?? "openai", own);
    }
    embed(value) {
      return op("embed", this.#ref, [text(value, "embed")])[0];
    }
    embedBatch(values) {
      return op("embed", this.#ref, texts(values, "embedBatch"));
    }
    async embedAsync(value) {
      const [vector] = await later("embedAsync", this.#ref, [text(value, "embedAsync")]);
      return vector;
    }
    async embedBatchAsync(values) {
      return later("embedAsync", this.#ref, texts(values, "embedBatchAsync"));
    }
    /** Call back with the vector or the error; the function that is returned cancels. */
    embedWithCallback(value, callbacks) {
      const { onSuccess, onError } = callbacks ?? {};
      if (typeof onSuccess !== "function") throw misuse("embedWithCallback requires onSuccess");
      const cancel = op("embedCancellable", this.#ref, [text(value, "embedWithCallback")]);
      later("embedStarted", cancel).then(
        ([vector]) => onSuccess(vector),
        (error) => onError?.(error),
      );
      return () => op("embedCancel", cancel);
    }
    model() {
      return op("embedderModel", this.#ref);
    }
  }

  /** The object that the older bridge set as a global (`generateEmbedding...`); errors of promises are texts there. */
  const older = (options) => {
    const embedder = new Embeddings(options);
    const failed = (error) => `failed to generate embedding: ${error.message}`;
    return Object.freeze({
      generateEmbedding(value) {
        text(value, "generateEmbedding");
        try {
          return embedder.embed(value);
        } catch (error) {
          throw new Error(failed(error), { cause: error });
        }
      },
      generateEmbeddingAsync: (value) =>
        embedder.embedAsync(text(value, "generateEmbeddingAsync")).catch((error) => Promise.reject(failed(error))),
      generateEmbeddingWithCallback: (value, { onSuccess, onError } = {}) =>
        embedder.embedWithCallback(text(value, "generateEmbeddingWithCallback"), {
          onSuccess,
          onError: (error) => onError?.(failed(error)),
        }),
      getModel: () => embedder.model(),
    });
  };

  gp.embeddings = Object.assign((options) => new Embeddings(options), { global: older });
};

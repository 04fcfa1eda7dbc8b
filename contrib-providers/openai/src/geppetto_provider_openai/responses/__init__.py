"""The Responses API, by direction: settings, input items, request, stream, engine."""

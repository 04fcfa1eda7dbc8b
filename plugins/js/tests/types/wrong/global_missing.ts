// expects: fetch
fetch("https://example.com");

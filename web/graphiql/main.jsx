import React from "react";
import { createRoot } from "react-dom/client";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { parse } from "graphql";
import "@graphiql/react/dist/style.css";
import "graphiql/src/style.css";
import "./page.css";

// The address is taken from the page, so that a proxy or another port needs no rebuild.
const url = new URL("/graphql", window.location.href);
const subscriptionUrl = new URL(url);
subscriptionUrl.protocol = url.protocol === "https:" ? "wss:" : "ws:";

const welcome = `# XRM: everything in the graph can be asked for here.
#
# Sign in: send "Authorization": "Bearer <token>" in the Headers pane below,
# or sign in with the browser first (the cookie is sent along).
# Ctrl-Space completes, Ctrl-Enter runs, the book at the left is the documentation.

{
  parties(first: 10) {
    edges {
      node {
        id
        name
      }
    }
  }
}
`;

const send = createGraphiQLFetcher({
  url: url.href,
  subscriptionUrl: subscriptionUrl.href,
  fetch: (input, init) => window.fetch(input, { ...init, credentials: "same-origin" }),
});

// Which way a document goes depends on what it asks for. The editor reads it a moment after it was typed, so what is
// run at once is read here.
function read(query) {
  try {
    return parse(query);
  } catch {
    return undefined; // the server says what is wrong with it
  }
}

const fetcher = (asked, options) => send(asked, { ...options, documentAST: read(asked.query) });

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL fetcher={fetcher} defaultQuery={welcome} isHeadersEditorEnabled />,
);

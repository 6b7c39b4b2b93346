/** What a browser sees when the user interface was not built. */
export function noWebPage(): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Millrace</title><link rel="stylesheet" href="/api/docs.css"></head>
<body><main><h1>Millrace is running</h1>
<p>The server and its API are here; the user interface was not built in this copy. In a checkout, build it and start the
server again:</p>
<pre>npm install
npm run build
npx millrace server</pre>
<p>Meanwhile: <a href="/api/docs">the API</a>, or the command line: <code>npx millrace runs ls</code>.</p>
</main></body></html>
`;
}

/* Parse Server on Express. Its REST key stands for an API key: it has no keys of users. */
import { createServer } from 'node:http';
import express from 'express';
import { ParseServer } from 'parse-server';

const { PORT, DATABASE_URL, SECRET, API_KEY } = process.env;
const server = new ParseServer({
  databaseURI: DATABASE_URL,
  appId: 'bench',
  masterKey: SECRET,
  restAPIKey: API_KEY,
  serverURL: `http://127.0.0.1:${PORT}/parse`,
  silent: true,
  logsFolder: null,
});
await server.start();
const app = express();
app.use('/parse', server.app);
createServer(app).listen(Number(PORT), '127.0.0.1');

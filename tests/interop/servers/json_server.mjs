// json-server with accounts in memory, on a free port of loopback; prints its address.
// As its documentation suggests, a middleware writes the time of each change into the record.
import jsonServer from "json-server";

const server = jsonServer.create();
server.use(jsonServer.defaults({ logger: false, noCors: true }));
server.use(jsonServer.bodyParser);
server.use((request, response, next) => {
  if (["POST", "PUT", "PATCH"].includes(request.method)) request.body.modified = Date.now();
  next();
});
server.use(jsonServer.router({ accounts: [] }));
const listener = server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${listener.address().port}`));

// express-pouchdb, which speaks CouchDB's protocol, with a database in memory. Prints its address on loopback.
import express from "express";
import expressPouchDB from "express-pouchdb";
import memory from "pouchdb-adapter-memory";
import find from "pouchdb-find";
import PouchDB from "pouchdb-core";
import mapreduce from "pouchdb-mapreduce";
import replication from "pouchdb-replication";

const Memory = PouchDB.plugin(memory).plugin(mapreduce).plugin(replication).plugin(find).defaults({ adapter: "memory" });
const application = express();
application.use("/", expressPouchDB(Memory, { mode: "minimumForPouchDB", inMemoryConfig: true, logPath: process.env.LOG }));
const listener = application.listen(0, "127.0.0.1", async () => {
  const address = `http://127.0.0.1:${listener.address().port}`;
  await fetch(`${address}/accounts`, { method: "PUT" });
  console.log(address);
});

// Accounts of SAP CAP by OData v4, with SQLite in memory, on a free port of loopback; prints its address.
// Its pages have five records, and their next links go on behind the last one ("reliable paging" in its documentation).
const { writeFileSync } = require("fs");

process.chdir(__dirname);
process.env.CDS_CONFIG = JSON.stringify({
  requires: {
    db: { kind: "sqlite", driver: "sql.js", credentials: { url: ":memory:" } },
    auth: { kind: "basic", users: { flow: { password: process.env.PASSWORD }, "*": false } },
  },
  query: { limit: { default: 5, reliablePaging: true } },
});
writeFileSync(
  "crm.cds",
  `using { cuid, managed } from '@sap/cds/common';
   @path: '/odata/v4' @requires: 'authenticated-user'
   service Crm {
     entity Accounts : cuid, managed {
       name     : String(80) not null @mandatory;
       code     : String(20);
       note     : String(5000);
       quantity : Integer;
       amount   : Decimal(12, 4);
       active   : Boolean;
       day      : Date;
       opens    : Time;
       due      : Timestamp;
       stage    : String(4) @assert.range enum { new; won };
     }
     annotate Accounts with { modifiedAt @odata.etag };
   }`,
);
console.log = console.info = console.error; // the address alone goes to the output
const cds = require("@sap/cds");
cds
  .server({ port: 0, in_memory: true, from: ["crm.cds"] })
  .then((server) => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));

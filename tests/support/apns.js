// An HTTP/2 server of Node's own: takes every notification, says on standard output what it took, and ends its
// connection (GOAWAY) after every tenth, whose earlier requests it still answers. Devices whose token ends in ff are gone.
const http2 = require("node:http2");

const server = http2.createServer({ settings: { maxConcurrentStreams: 4, initialWindowSize: 1000 } });
let taken = 0;
server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  const pieces = [];
  stream.on("data", (piece) => pieces.push(piece));
  stream.on("end", () => {
    if (headers[":path"].endsWith("ff")) {
      stream.respond({ ":status": 410, "apns-id": headers["apns-id"] });
      stream.end(JSON.stringify({ reason: "Unregistered", timestamp: 1 }));
      return;
    }
    const body = Buffer.concat(pieces);
    if (body.length < Number(headers["content-length"])) return; // the client has broken it off
    console.log(JSON.stringify({ headers, bytes: body.length, id: JSON.parse(body).message_id }));
    if (++taken % 10 === 0) stream.session.close();
    setTimeout(() => {
      if (!stream.destroyed) stream.respond({ ":status": 200, "apns-id": headers["apns-id"] }, { endStream: true });
    }, 20);
  });
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));

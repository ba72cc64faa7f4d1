// An SMSC of the npm package `smpp`: takes every submission, says on standard output what it took, and sends a receipt.
const smpp = require("smpp");

const server = smpp.createServer((session) => {
  session.on("error", () => session.destroy());
  session.on("bind_transceiver", (pdu) => {
    const known = pdu.system_id === "tide" && pdu.password === "secret";
    session.send(pdu.response({ command_status: known ? 0 : smpp.ESME_RINVPASWD, system_id: "smsc" }));
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => session.send(pdu.response()));
  session.on("submit_sm", (pdu) => {
    const id = `n-${++server.taken}`;
    const udh = pdu.short_message.udh;
    console.log(JSON.stringify({ id, to: pdu.destination_addr, text: pdu.short_message.message, udh: udh && udh.length }));
    session.send(pdu.response({ message_id: id }));
    session.deliver_sm({
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      esm_class: 4,
      receipted_message_id: id,
      message_state: 2,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2611281100 done date:2611281101 stat:DELIVRD err:000 text:`,
    });
  });
});
server.taken = 0;
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));

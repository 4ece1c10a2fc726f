// What a program on jsforce does with records beyond single calls: SOAP, composite calls, searches, describes it has.
// Called with ORG_URL and ORG_TOKEN in the environment; tells what it got as one JSON object.
const { Connection } = require("@jsforce/jsforce-node");

async function main() {
  const org = new Connection({ instanceUrl: process.env.ORG_URL, accessToken: process.env.ORG_TOKEN, version: "66.0" });
  const base = "/services/data/v66.0";
  const post = (path, body) =>
    org.request({ method: "POST", url: base + path, body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  const told = {};

  const user = await org.soap.getUserInfo();
  told.user = [user.userName, user.organizationId, user.organizationMultiCurrency, user.roleId];
  told.clock = new Date((await org.soap.getServerTimestamp()).timestamp).getTime() > 0;

  const shelf = { attributes: { type: "Shelf__c", referenceId: "s" }, Name: "tree", Key__c: "tree" };
  shelf.Books__r = { records: [{ attributes: { type: "Book__c", referenceId: "b" }, Name: "leaf", Key__c: "leaf" }] };
  const tree = await post("/composite/tree/Shelf__c", { records: [shelf] });
  told.tree = [tree.hasErrors, tree.results.map((each) => each.referenceId)];
  const composite = await post("/composite", {
    allOrNone: true,
    compositeRequest: [
      { method: "GET", url: `${base}/query?q=SELECT Id, Shelf__c FROM Book__c WHERE Key__c = 'leaf'`, referenceId: "leaf" },
      { method: "PATCH", url: `${base}/sobjects/Shelf__c/@{leaf.records[0].Shelf__c}`, referenceId: "named", body: { Name: "named" } },
      { method: "POST", url: `${base}/sobjects/Book__c`, referenceId: "second", body: { Name: "second", Shelf__c: "@{leaf.records[0].Shelf__c}" } },
    ],
  });
  told.composite = composite.compositeResponse.map((each) => each.httpStatusCode);
  const second = composite.compositeResponse[2].body.id;
  const node = (key, name) => ({ method: "POST", url: `${base}/sobjects/Shelf__c`, referenceId: key, body: { Name: name, Key__c: key } });
  const graphs = await post("/composite/graph", {
    graphs: [{ graphId: "good", compositeRequest: [node("g1", "g1")] }, { graphId: "bad", compositeRequest: [node("g2", "g2"), node("tree", "again")] }],
  });
  told.graphs = graphs.graphs.map((each) => [each.isSuccessful, each.graphResponse.compositeResponse.map((one) => one.httpStatusCode)]);
  const batch = await post("/composite/batch", { batchRequests: [{ method: "GET", url: "v66.0/limits" }, { method: "GET", url: "v66.0/nothing" }] });
  told.batch = [batch.hasErrors, batch.results.map((each) => each.statusCode)];

  told.found = (await org.search("FIND {named} RETURNING Shelf__c(Id, Name)")).searchRecords.map((each) => each.Name);
  await org.sobject("Book__c").destroy(second);
  told.inBin = (await org.query(`SELECT IsDeleted FROM Book__c WHERE Id = '${second}'`, { scanAll: true })).totalSize;
  told.emptied = (await org.soap.emptyRecycleBin([second])).map((each) => each.success);
  told.described = (await org.sobject("Shelf__c").describe()).fields.length === (await org.sobject("Shelf__c").describe()).fields.length;
  try {
    await org.soap.convertLead({ leadId: "00Q000000000001" });
  } catch (error) {
    told.refused = error.errorCode;
  }
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

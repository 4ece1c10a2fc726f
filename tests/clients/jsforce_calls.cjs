// What a program on jsforce does with an org, through every API it has; tells what it got as one JSON object.
// Called with ORG_URL and ORG_TOKEN in the environment.
const { Connection } = require("@jsforce/jsforce-node");

async function main() {
  const org = new Connection({ instanceUrl: process.env.ORG_URL, accessToken: process.env.ORG_TOKEN, version: "66.0" });
  org.bulk.pollInterval = org.bulk2.pollInterval = org.metadata.pollInterval = 50;
  const told = {};

  const identity = await org.identity();
  told.identity = { user: identity.username, org: identity.organization_id };
  told.limits = (await org.limits()).DailyApiRequests.Max;

  const shelf = await org.sobject("Shelf__c").create({ Name: "js", Key__c: "js" });
  const books = Array.from({ length: 450 }, (_, n) => ({ Name: `js ${n}`, Key__c: `js${n}`, Shelf__c: shelf.id }));
  const made = await org.sobject("Book__c").create(books, { allOrNone: true, allowRecursive: true });
  told.made = made.filter((each) => each.success).length;
  const upserted = await org.sobject("Book__c").upsert(
    [{ Name: "changed", Key__c: "js0" }, { Name: "new", Key__c: "js-new", Shelf__c: shelf.id }], "Key__c");
  told.upserted = upserted.map((each) => [each.success, each.created ?? null]);
  await org.sobject("Book__c").update({ Id: made[1].id, Price__c: 4.5 });
  told.read = (await org.sobject("Book__c").retrieve(made[1].id)).Price__c;
  told.deleted = (await org.sobject("Book__c").destroy([made[2].id, made[3].id])).map((each) => each.success);
  try {
    await org.sobject("Book__c").create({ Name: "no shelf" });
  } catch (error) {
    told.refused = error.errorCode;
  }

  const pages = { records: 0, fetched: 0 };
  await new Promise((resolve, reject) => {
    org.query("SELECT Id, Name FROM Book__c WHERE Key__c LIKE 'js%'", { autoFetch: true, maxFetch: 10000, headers: { "Sforce-Query-Options": "batchSize=200" } })
      .on("record", () => (pages.records += 1)).on("end", resolve).on("error", reject).run();
  });
  told.queried = pages.records;
  const found = await org.sobject("Shelf__c").find({ Key__c: "js" }, "Id, Name").include("Books__r").select("Name").where({ Price__c: 4.5 }).end();
  told.children = found[0].Books__r.records.map((each) => each.Name);

  const bulk = await org.bulk.load("Shelf__c", "insert", [{ Name: 'b, "1"', Key__c: "b1" }, { Name: "x".repeat(99), Key__c: "b2" }]);
  told.bulk = bulk.map((each) => [each.success, each.errors]);
  told.bulkQuery = await (await org.bulk.query("SELECT Name FROM Shelf__c WHERE Key__c = 'b1'")).toArray();
  const second = await org.bulk2.loadAndWaitForResults({ object: "Shelf__c", operation: "upsert", externalIdFieldName: "Key__c", input: [{ Name: "b 1", Key__c: "b1" }, { Name: "b 3", Key__c: "b3" }], pollInterval: 50 });
  told.bulk2 = [second.successfulResults.map((each) => each.sf__Created), second.failedResults.length, second.unprocessedRecords.length];
  told.bulk2Query = await (await org.bulk2.query("SELECT Key__c FROM Shelf__c WHERE Key__c LIKE 'b%' ORDER BY Key__c")).toArray();

  const described = await org.metadata.describe("66.0");
  told.types = described.metadataObjects.length;
  const read = await org.metadata.read("CustomObject", ["Shelf__c"]);
  told.fields = (Array.isArray(read) ? read[0] : read).fields.map((each) => each.fullName).sort();
  const label = { fullName: "Js_Label", value: "a < b & c", language: "en_US", protected: false, shortDescription: "Js" };
  told.label = [await org.metadata.upsert("CustomLabel", label)].flat().map((each) => [each.success, each.created]);
  told.labelRead = [await org.metadata.read("CustomLabel", ["Js_Label"])].flat()[0].value;
  told.tooling = (await org.tooling.query("SELECT Name FROM ApexClass ORDER BY Name")).records.map((each) => each.Name);
  told.anonymous = (await org.tooling.executeAnonymous("System.debug('hi');")).compiled;
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

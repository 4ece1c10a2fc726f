"""One org: everything this program asks of it and does to it. A thin face; the work is in the modules beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from hotfix_tui.salesforce import bulk, deploy_api, metadata_api, records, rest, tooling
from hotfix_tui.salesforce import graphs as graph_api
from hotfix_tui.salesforce.bulk import BulkJob, Operation, Outcome
from hotfix_tui.salesforce.bulk_csv import ResultRow
from hotfix_tui.salesforce.connection import Connection, RequestDone
from hotfix_tui.salesforce.deploys import DeployOptions, DeployResult, RecentDeploy
from hotfix_tui.salesforce.describe import ObjectDescribe, ObjectSummary
from hotfix_tui.salesforce.graphs import GraphNode, Rehearsed
from hotfix_tui.salesforce.identity import Identity, identify
from hotfix_tui.salesforce.kinds import OrgKind
from hotfix_tui.salesforce.limits import Limit
from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.metadata_api import ComponentProperties, MetadataType, OnUnreadable, Retrieved, TypeQuery
from hotfix_tui.salesforce.permit import WritePermit, check_admitted, write
from hotfix_tui.salesforce.records import SaveResult, WriteOptions
from hotfix_tui.salesforce.rest import Row
from hotfix_tui.salesforce.timing import Timing

_DEFAULTS = WriteOptions()


class Org:
    """An org we are connected to; made by `Org.connect`. Several tasks may use it at once.

    Every method may raise any SalesforceError (errors.py). Those marked `@write` raise WriteRefused, before any
    request, when the org is under production rules and this object holds no permit that admits the write (`under`).
    """

    def __init__(
        self,
        connection: Connection,
        identity: Identity,
        permit: WritePermit | None = None,
        saving: WriteOptions = _DEFAULTS,
    ) -> None:
        self._connection = connection
        self._identity = identity
        self._permit = permit
        self._saving = saving

    @classmethod
    async def connect(
        cls,
        login: OrgLogin,
        *,
        timing: Timing | None = None,
        on_request: Callable[[RequestDone], None] | None = None,
    ) -> Org:
        """Asks the org who it is. Raises WrongOrg when it is not the login's, OrgUnreachable, SessionExpired …"""
        connection = Connection(login, timing or Timing())
        connection.on_request = on_request
        try:
            return cls(connection, await identify(connection))
        except BaseException:
            connection.close()
            raise

    async def close(self) -> None:
        """Lets go of the connection, also for the objects `under` made. What still runs is not waited for."""
        self._connection.close()

    async def __aenter__(self) -> Org:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<Org {self.alias} {self.kind.value} {self.org_id}>"

    def under(self, permit: WritePermit) -> Org:
        """This org over the same connection, its writes admitted as far as `permit` admits them."""
        return Org(self._connection, self._identity, permit, self._saving)

    def saving(self, options: WriteOptions) -> Org:
        """This org over the same connection and permit; records are saved with `options` unless a call says else."""
        return Org(self._connection, self._identity, self._permit, options)

    @property
    def save_options(self) -> WriteOptions:
        """How records are saved when a call does not say."""
        return self._saving

    def admit(self, call: str) -> None:
        """Raises WriteRefused unless this org may be written to now."""
        check_admitted(alias=self.alias, org_id=self.org_id, kind=self.kind, permit=self._permit, call=call)

    # Who it is

    @property
    def alias(self) -> str:
        """The login's alias."""
        return self._connection.login.alias

    @property
    def org_id(self) -> str:
        """18 characters, as the org said it."""
        return self._identity.org_id

    @property
    def kind(self) -> OrgKind:
        """From the org's own Organization record."""
        return self._identity.kind

    @property
    def user_id(self) -> str:
        """The session's user, 18 characters."""
        return self._identity.user_id

    @property
    def username(self) -> str:
        """The session's user."""
        return self._identity.username

    @property
    def name(self) -> str:
        """Organization.Name."""
        return self._identity.name

    @property
    def created(self) -> str:
        """Organization.CreatedDate, ISO 8601: for a sandbox, when it was created or refreshed."""
        return self._identity.created

    @property
    def expires(self) -> str:
        """When a scratch org or trial ends, ISO 8601; "" for all others."""
        return self._identity.expires

    @property
    def instance_url(self) -> str:
        """The org's origin."""
        return self._connection.login.instance_url

    @property
    def api_version(self) -> str:
        """The newest version both the org and this program know ("67.0")."""
        return self._identity.api_version

    @property
    def timing(self) -> Timing:
        """How long calls and waits take."""
        return self._connection.timing

    @property
    def api_usage(self) -> tuple[int, int] | None:
        """(used, allowed) API requests of the day, as the last reply said; None when none said it."""
        return self._connection.api_usage

    @property
    def on_request(self) -> Callable[[RequestDone], None] | None:
        """Called on the caller's event loop for each request that was tried. Shared with what `under` made."""
        return self._connection.on_request

    @on_request.setter
    def on_request(self, hook: Callable[[RequestDone], None] | None) -> None:
        self._connection.on_request = hook

    # Reading records

    async def query(self, soql: str) -> list[Row]:
        """All rows: no `attributes` at any level, parents as dicts (None when empty), child subqueries as lists."""
        return await rest.query(self._connection, soql)

    async def query_iter(self, soql: str) -> AsyncIterator[Row]:
        """The same rows, at most a page of them in memory."""
        async for page in rest.pages(self._connection, soql):
            for row in page:
                yield row

    async def query_all_rows(self, soql: str) -> list[Row]:
        """As `query`, deleted and archived rows included (`queryAll`)."""
        return await rest.query(self._connection, soql, "queryAll")

    async def tooling_query(self, soql: str) -> list[Row]:
        """As `query`, of the Tooling API. `FullName` and `Metadata` may be asked of one row at a time only."""
        return await rest.query(self._connection, soql, "tooling/query")

    async def count(self, soql: str) -> int:
        """What `SELECT COUNT() …` finds; for any other query, how many rows it would give."""
        return await rest.count(self._connection, soql)

    # What the org is made of

    async def describe(self, sobject: str, *, fresh: bool = False) -> ObjectDescribe:
        """One object with its fields. Kept until this connection deploys, or `fresh`. Raises NotFound."""
        kept = self._connection.described
        key = sobject.lower()
        if fresh or key not in kept:
            kept[key] = await rest.describe(self._connection, sobject)
        return kept[key]

    def forget_describes(self) -> None:
        """Makes the next `describe` of each object ask the org again: others may have changed it meanwhile."""
        self._connection.described.clear()

    async def describe_global(self) -> dict[str, ObjectSummary]:
        """All objects the user may see, by API name."""
        return await rest.describe_global(self._connection)

    async def limits(self) -> dict[str, Limit]:
        """The org's limits by name (DailyApiRequests, DataStorageMB …)."""
        return await rest.limits(self._connection)

    # Writing records: at most 200 rows a call, an outcome for each row in the order sent

    @write
    async def insert(
        self, sobject: str, rows: Sequence[Mapping[str, Any]], options: WriteOptions | None = None
    ) -> list[SaveResult]:
        """Inserts rows. A refused row is an outcome, not an error; ReplyLost means that any of them may be there."""
        return await records.insert(self._connection, sobject, rows, options or self._saving, self._permit)

    @write
    async def update(
        self, sobject: str, rows: Sequence[Mapping[str, Any]], options: WriteOptions | None = None
    ) -> list[SaveResult]:
        """Updates rows, each with its `Id`."""
        return await records.update(self._connection, sobject, rows, options or self._saving, self._permit)

    @write
    async def upsert(
        self,
        sobject: str,
        external_id_field: str,
        rows: Sequence[Mapping[str, Any]],
        options: WriteOptions | None = None,
    ) -> list[SaveResult]:
        """Inserts or updates rows, matched by an external id field that each row holds."""
        return await records.upsert(
            self._connection, sobject, external_id_field, rows, options or self._saving, self._permit
        )

    @write
    async def delete(self, ids: Sequence[str], options: WriteOptions | None = None) -> list[SaveResult]:
        """Deletes records (they go to the recycle bin, with their details)."""
        return await records.delete(self._connection, ids, options or self._saving, self._permit)

    @write
    async def rehearse(self, graphs: Sequence[Sequence[GraphNode]]) -> list[Rehearsed]:
        """Sends records in graphs that end in a refusal, so that nothing is kept; what each graph says of its own."""
        return await graph_api.rehearse(self._connection, graphs, self._permit)

    @write
    async def undelete(self, ids: Sequence[str]) -> list[SaveResult]:
        """Takes records out of the recycle bin, with the details that went with them; they keep their ids."""
        return await records.undelete(self._connection, ids, self._permit)

    @write
    async def bulk_create(self, sobject: str, operation: Operation) -> BulkJob:
        """Makes a Bulk 2.0 job. Nothing is written before it is started."""
        return await bulk.create(self._connection, sobject, operation, self._permit)

    @write
    async def bulk_upload(self, job: BulkJob, content: bytes) -> None:
        """Sends a job's rows as CSV (bulk_csv.written), once."""
        await bulk.upload(self._connection, job, content, self._permit)

    @write
    async def bulk_start(self, job: BulkJob) -> BulkJob:
        """Lets the org process a job; it goes on by itself."""
        return await bulk.change_state(self._connection, job, "UploadComplete", self._permit)

    @write
    async def bulk_abort(self, job: BulkJob) -> BulkJob:
        """Gives a job up; what was written by then stays."""
        return await bulk.change_state(self._connection, job, "Aborted", self._permit)

    async def bulk_job(self, job_id: str) -> BulkJob:
        """A job as it is now."""
        return await bulk.status(self._connection, job_id)

    async def bulk_outcome(self, job: BulkJob, kind: Outcome, columns: Sequence[str]) -> list[ResultRow]:
        """The rows of an ended job that were saved, refused or never looked at."""
        return await bulk.outcome(self._connection, job, kind, columns)

    # Tooling records

    async def tooling_record(self, type_name: str, item: str) -> Row:
        """One Tooling record by id, with `Metadata` and `FullName`. Raises NotFound."""
        return await tooling.record(self._connection, type_name, item)

    @write
    async def tooling_update(self, type_name: str, item: str, body: Mapping[str, Any]) -> None:
        """Changes one Tooling record. A `Metadata` must be whole: what it leaves out is cleared."""
        self._connection.described.clear()
        await tooling.update(self._connection, type_name, item, body, self._permit)

    @write
    async def tooling_create(self, type_name: str, body: Mapping[str, Any]) -> str:
        """Creates one Tooling record; its id."""
        return await tooling.create(self._connection, type_name, body, self._permit)

    @write
    async def tooling_delete(self, type_name: str, item: str) -> None:
        """Deletes one Tooling record."""
        await tooling.delete(self._connection, type_name, item, self._permit)

    async def authorize_sandbox(self, body: Mapping[str, Any]) -> Row:
        """A code of our user in a sandbox of this org (environments.py asks for it). Changes nothing."""
        return await tooling.authorize_sandbox(self._connection, body)

    # Metadata

    async def describe_metadata(self) -> list[MetadataType]:
        """The metadata types of the org."""
        return await metadata_api.describe_metadata(self._connection)

    async def list_metadata(
        self, types: Iterable[TypeQuery], on_unreadable: OnUnreadable | None = None
    ) -> list[ComponentProperties]:
        """The components of these types (or (type, folder) pairs). With `on_unreadable` refused types go there."""
        return await metadata_api.list_metadata(self._connection, types, on_unreadable)

    async def read_metadata(
        self, type_name: str, names: Sequence[str], *, api_version: str | None = None
    ) -> dict[str, bytes]:
        """Full name → file of single components, each whole; what is not there is left out."""
        return await metadata_api.read_metadata(self._connection, type_name, names, api_version)

    async def retrieve(self, members: Mapping[str, Iterable[str]], api_version: str | None = None) -> Retrieved:
        """The components named by type, as a zip. Raises RetrieveFailed, TooLarge (39 MB, 10,000 files)."""
        return await metadata_api.retrieve(self._connection, members, api_version)

    @write
    async def deploy(self, package: bytes, options: DeployOptions) -> str:
        """Sends a zip with package.xml at its root, also to validate only. Returns the deploy's id (0Af…)."""
        self._connection.described.clear()
        return await deploy_api.deploy(self._connection, package, options, self._permit)

    async def deploy_result(self, deploy_id: str) -> DeployResult:
        """The deploy as the org has it now, with all messages and tests. To wait for its end: `following.follow`."""
        result = await deploy_api.deploy_status(self._connection, deploy_id)
        if result.done and not result.check_only:
            self._connection.described.clear()
        return result

    async def cancel_deploy(self, deploy_id: str) -> bool:
        """Asks the org to cancel; returns whether it is cancelled already (otherwise follow it to its end).

        The session's own deploys need no permit, so that what was begun can always be stopped; another user's do.
        """
        return await deploy_api.cancel_deploy(self._connection, deploy_id, self.user_id, self.admit, self._permit)

    @write
    async def quick_deploy(self, validation_id: str) -> str:
        """Deploys a validation of the last 10 days that is still good. Returns the new deploy's id."""
        self._connection.described.clear()
        return await deploy_api.quick_deploy(self._connection, validation_id, self._permit)

    async def recent_deploys(self, since: datetime) -> list[RecentDeploy]:
        """Deploys anybody made since then (aware datetime), newest first. Empty where the org does not tell."""
        return await deploy_api.recent_deploys(self._connection, since)

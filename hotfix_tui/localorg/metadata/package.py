"""Reading a deploy's package: its manifest against its files, its components apart, what is to be deleted."""

from __future__ import annotations

from dataclasses import dataclass, field

from hotfix_tui.localorg.metadata import manifest, parts, xml
from hotfix_tui.localorg.metadata.archive import MANIFEST
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.expand import gather
from hotfix_tui.localorg.metadata.layout import MANIFESTS, META, main_file
from hotfix_tui.localorg.metadata.options import DeployOptions, Message, error
from hotfix_tui.localorg.metadata.types import MetadataType, metadata_types
from hotfix_tui.localorg.metadata.versions import NEWEST, number

_BEFORE = ("destructiveChanges.xml", "destructiveChangesPre.xml")
_AFTER = ("destructiveChangesPost.xml",)


@dataclass
class Item:
    """A component of a package, with the XML it came from.

    Lines count in the file of `element`; `source` is that file's text.
    """

    component: Component
    file_name: str
    element: xml.Element | None = None
    source: bytes = b""

    @property
    def type(self) -> str:
        """The component's type."""
        return self.component.type

    @property
    def full_name(self) -> str:
        """The component's full name."""
        return self.component.full_name

    def problem(self, text: str, line: int = 0, column: int = 0) -> Message:
        """This component's failure; line and column default to where it begins."""
        line = line or xml.line(self.element)
        column = column or xml.column(self.source, line)
        return error(self.type, self.full_name, self.file_name, text, line, column)


@dataclass
class Deletion:
    """A component that a destructiveChanges file names."""

    component: ComponentId
    file_name: str
    line: int


@dataclass
class Package:
    """What a deploy brings. `failures` are the problems of the package itself."""

    version: str = ""
    items: list[Item] = field(default_factory=list)
    delete_before: list[Deletion] = field(default_factory=list)
    delete_after: list[Deletion] = field(default_factory=list)
    failures: list[Message] = field(default_factory=list)
    _by_key: dict[tuple[str, str], Item] = field(default_factory=dict, repr=False, compare=False)
    _indexed: tuple[int, int] = field(default=(0, 0), repr=False, compare=False)

    @property
    def has_apex(self) -> bool:
        """Whether the package brings classes or triggers, which makes production run tests."""
        return any(item.type in ("ApexClass", "ApexTrigger") for item in self.items)

    @property
    def brings_active_flow(self) -> bool:
        """Whether a flow of the package is meant to be active."""
        flows = [item.element for item in self.items if item.type == "Flow" and item.element is not None]
        return any(xml.text(flow, "status") == "Active" for flow in flows)

    def item(self, type_name: str, full_name: str) -> Item | None:
        """The package's component of this name, in any case."""
        now = (id(self.items), len(self.items))
        if self._indexed != now:
            self._by_key = {item.component.component_id.key: item for item in reversed(self.items)}
            self._indexed = now
        return self._by_key.get((type_name, full_name.lower()))


def read_package(files: dict[str, bytes], options: DeployOptions) -> Package:
    """The package in these files. Problems of the package are in its `failures`; nothing is raised."""
    package = Package()
    if MANIFEST not in files:
        package.failures.append(error("", MANIFEST, MANIFEST, "No package.xml found"))
        return package
    listed = _manifest(files[MANIFEST], MANIFEST, package)
    if listed is None:
        return package
    package.version = listed.version
    if not listed.version:
        package.failures.append(error("", MANIFEST, MANIFEST, "package.xml must specify a version"))
    elif not _readable(listed.version):
        package.failures.append(error("", MANIFEST, MANIFEST, f"Invalid version specified:{listed.version}"))
    for member in listed.members:
        if not metadata_types().known(member.component.type):
            problem = f"Unknown type name '{member.component.type}' specified in package.xml"
            package.failures.append(error("", member.component.full_name, MANIFEST, problem, member.line))
    _read_files(files, listed, options, package)
    _check_named(listed, options, package)
    for name in (*_BEFORE, *_AFTER):
        if name in files:
            _read_deletions(files[name], name, package)
    return package


def _readable(version: str) -> bool:
    """Whether the org reads packages of a version: old ones too, but none of a release that it has not."""
    return 0 < number(version, 0.0) <= NEWEST


def _manifest(content: bytes, name: str, package: Package) -> manifest.Manifest | None:
    try:
        return manifest.read(content)
    except xml.BadXml as problem:
        package.failures.append(error("", name, name, str(problem), problem.line, problem.column))
        return None


def _read_files(files: dict[str, bytes], listed: manifest.Manifest, options: DeployOptions, package: Package) -> None:
    found, unknown = gather({path: body for path, body in files.items() if path not in MANIFESTS})
    for path in sorted(unknown):
        package.failures.append(error("", path.rpartition("/")[2], path, "Not in package.xml"))
    for owner in sorted(found):
        reader = _ComponentReader(owner, found[owner], listed, options, package)
        reader.read()


class _ComponentReader:
    """Reads the files of one component into the package's items."""

    def __init__(
        self,
        owner: ComponentId,
        files: dict[str, bytes],
        listed: manifest.Manifest,
        options: DeployOptions,
        package: Package,
    ) -> None:
        self._owner = owner
        self._files = files
        self._listed = listed
        self._options = options
        self._package = package
        self._type: MetadataType = metadata_types().types[owner.type]
        self._path = main_file(owner) if main_file(owner) in files else next(iter(sorted(files)))

    def read(self) -> None:
        """Adds the component, and its children, or what is wrong with it."""
        if self._type.children and not self._type.bundle:
            self._read_parent()
            return
        if not self._wanted(self._owner):
            self._fail("Not in package.xml")
            return
        fine, element = self._parsed_files()
        if not fine:
            return
        meta = next((path for path in sorted(self._files) if path.endswith(META)), self._path)
        source = self._files[meta] if element is not None else b""
        item = Item(Component(self._owner.type, self._owner.full_name, self._files), self._path, element, source)
        self._package.items.append(item)

    def _parsed_files(self) -> tuple[bool, xml.Element | None]:
        """Whether the files are as they must be, and the component's XML root (None when it has only content)."""
        result: xml.Element | None = None
        needs_meta = self._type.meta_file and not any(path.endswith(META) for path in self._files)
        if needs_meta:
            self._fail(f"An object '{self._owner.full_name}' of type {self._owner.type} has no file {self._path}{META}")
            return False, None
        if self._type.meta_file and all(path.endswith(META) for path in self._files) and not self._is_folder():
            self._fail(f"The content of {self._path} was not found in zipped directory")
            return False, None
        content = self._type.bundle or self._type.meta_file or self._type.source in ("content", "mixed")
        for path, body in sorted(self._files.items()):
            if content and not path.endswith(META):
                continue
            root = self._parse(path, body)
            if root is None:
                return False, None
            result = root
        if result is not None and not content and not self._is_folder() and not self._right_root(result):
            self._fail(f"Invalid root element {xml.name(result)}: {self._owner.type} expected", xml.line(result))
            return False, None
        return True, result

    def _right_root(self, root: xml.Element) -> bool:
        if self._owner.type == "Settings":
            return xml.name(root).endswith("Settings")
        return xml.name(root) == self._owner.type

    def _is_folder(self) -> bool:
        return self._type.in_folder and "/" not in self._owner.full_name

    def _parse(self, path: str, body: bytes) -> xml.Element | None:
        try:
            return xml.parse(body)
        except xml.BadXml as problem:
            owner = self._owner
            message = error(owner.type, owner.full_name, path, str(problem), problem.line, problem.column)
            self._package.failures.append(message)
            return None

    def _read_parent(self) -> None:
        root = self._parse(self._path, self._files[self._path])
        if root is None:
            return
        if xml.name(root) != self._owner.type:
            self._fail(f"Invalid root element {xml.name(root)}: {self._owner.type} expected", xml.line(root))
            return
        whole = self._wanted(self._owner)
        own = parts.own_part(self._owner.type, root)
        if whole and (len(own) or not parts.is_container(self._owner.type)):
            component = Component(self._owner.type, self._owner.full_name, {self._path: xml.write(own)})
            self._package.items.append(Item(component, self._path, root, self._files[self._path]))
        for part in parts.child_parts(self._owner.type, self._owner.full_name, root):
            self._child(part, whole)
        if not whole and len(own):
            self._fail_unless_named_children()

    def _child(self, part: parts.ChildPart, whole: bool) -> None:
        named = ComponentId(part.type, part.full_name)
        if not whole and not self._wanted(named):
            line = xml.line(part.element)
            self._package.failures.append(error(part.type, part.full_name, self._path, "Not in package.xml", line))
            return
        component = Component(part.type, part.full_name, {"": part.document})
        self._package.items.append(Item(component, self._path, part.element, self._files[self._path]))

    def _fail_unless_named_children(self) -> None:
        """A file whose own part is not named is fine while children of it are: clients send the object along."""
        children = {child.name for child in self._type.children}
        if not any(member.component.type in children for member in self._listed.members):
            self._fail("Not in package.xml")

    def _wanted(self, component: ComponentId) -> bool:
        return self._options.auto_update_package or self._listed.covers(component)

    def _fail(self, problem: str, line: int = 0) -> None:
        self._package.failures.append(error(self._owner.type, self._owner.full_name, self._path, problem, line))


def _check_named(listed: manifest.Manifest, options: DeployOptions, package: Package) -> None:
    """Every component that package.xml names must be in the zip."""
    if options.allow_missing_files:
        return
    present = {(item.type, item.full_name.lower()) for item in package.items}
    present |= {(failure.component_type, failure.full_name.lower()) for failure in package.failures}
    parents = {(child.parent) for child in metadata_types().children.values()}
    held = {
        (
            metadata_types().children[item.type].parent,
            parts.parent_name(metadata_types().children[item.type], item.full_name).lower(),
        )
        for item in package.items
        if item.type in metadata_types().children
    }
    for member in listed.members:
        wanted = member.component
        if wanted.full_name == "*" or not metadata_types().known(wanted.type) or wanted.key in present:
            continue
        if wanted.type in parents and wanted.key in held:
            continue
        problem = (
            f"An object '{wanted.full_name}' of type {wanted.type} was named in package.xml, "
            "but was not found in zipped directory"
        )
        package.failures.append(error("", wanted.full_name, MANIFEST, problem, member.line))


def _read_deletions(content: bytes, name: str, package: Package) -> None:
    listed = _manifest(content, name, package)
    if listed is None:
        return
    target = package.delete_after if name in _AFTER else package.delete_before
    for member in listed.members:
        wanted = member.component
        if wanted.full_name == "*":
            problem = f"Wildcards are not allowed in {name}"
            package.failures.append(error("", wanted.full_name, name, problem, member.line))
        elif not metadata_types().known(wanted.type):
            problem = f"Unknown type name '{wanted.type}' specified in {name}"
            package.failures.append(error("", wanted.full_name, name, problem, member.line))
        else:
            target.append(Deletion(wanted, name, member.line))

"""XML → Model.

    types        item definitions, and those of imported models under the name of the import
    listing      every element gets its names; they may refer to each other in any order
    linking      references become elements; what is missing or circular becomes a problem
    compiling    each piece of logic, with the names that it can see
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.dmn.boxed import EXPRESSIONS
from engine.dmn.boxed.functions import function_maker, result_type
from engine.dmn.compilation import Compilation, Scope
from engine.dmn.elements import Decision, DrgElement, InputData, Knowledge, Requirement
from engine.dmn.imports import Imports, Reference
from engine.dmn.items import component_names, read_types
from engine.dmn.model import Model
from engine.dmn.plan import MAX_CHAIN, names_of
from engine.dmn.services import Service
from engine.dmn.source import VERSIONS, Element, attribute, child, children, local_name, namespace, type_ref
from engine.dmn.types import convert_or_null
from engine.feel import Evaluation, Function, Mode


def read_model(root: Element, *, mode: Mode = Mode.CAMUNDA, imports: Iterable[Model] = ()) -> Model:
    """The model in a `<definitions>` element, of DMN 1.1 to 1.5; its `problems` say what is wrong with it.

    `imports` are the models that it may import, found by their namespaces. In Mode.CAMUNDA decisions see all
    variables, types are not held and a table that cannot decide fails; in Mode.SPEC a decision sees what it
    requires, values are held to their types and what fails is null, as the standard says.
    """
    return Reader(root, mode, imports).read()


def read_models(roots: Sequence[Element], *, mode: Mode = Mode.CAMUNDA) -> list[Model]:
    """Several models that may import each other, in the order given. Imports in a circle are problems."""
    models: dict[int, Model] = {}
    waiting = dict(enumerate(roots))
    while waiting:
        missing = {attribute(root, "namespace") for root in waiting.values()}
        ready = [index for index, root in waiting.items() if not missing & imported_by(root)] or list(waiting)
        read = {index: read_model(waiting.pop(index), mode=mode, imports=models.values()) for index in ready}
        models |= read
    return [models[index] for index in range(len(roots))]


def imported_by(root: Element) -> set[str]:
    """The namespaces that a `<definitions>` element imports."""
    return {attribute(element, "namespace") for element in children(root, "import")}


class Reader:
    """Of one file."""

    def __init__(self, root: Element, mode: Mode, imports: Iterable[Model]) -> None:
        self.root = root
        self.strict = mode is Mode.SPEC
        self.model = Model(attribute(root, "id"), attribute(root, "name"), attribute(root, "namespace"), mode)
        self.elements = self.model.elements
        self.compilation = Compilation(mode, EXPRESSIONS)
        self.imports = Imports(self.compilation, imports)
        self.sources: dict[str, Element] = {}
        self.names: dict[str, tuple[str, ...]] = {}
        """By id, under which names an element of this file is seen."""
        self.functions: dict[str, Scope] = {}
        """By id of a knowledge model, what its logic may call."""
        self.references: dict[str, Reference | None] = {}

    def read(self) -> Model:
        if local_name(self.root) == "definitions" and namespace(self.root) in VERSIONS:
            self.read_definitions()
        else:
            self.compilation.problem(
                self.root,
                f"The root element is '{self.root.tag}'.",
                f"Save the model as DMN {', '.join(dict.fromkeys(VERSIONS.values()))}.",
            )
        self.model.problems = tuple(self.compilation.problems)
        return self.model

    def read_definitions(self) -> None:
        self.imports.read(children(self.root, "import"))
        self.read_types()
        self.list_elements()
        for id in self.sources_of("businessKnowledgeModel"):
            self.elements[id] = self.knowledge(id)
        for id in self.sources_of("decisionService"):
            self.elements[id] = self.model.services[id] = self.service(id)
        for id in self.sources_of("decisionService", "businessKnowledgeModel", "decision"):
            self.link(self.elements[id])
        self.check_cycles()

    def read_types(self) -> None:
        definitions = children(self.root, "itemDefinition")
        read_types(self.compilation, definitions)
        self.compilation.types = {**self.imports.types(), **self.compilation.types}
        self.compilation.special_names = component_names(definitions) | self.imports.special_names()
        self.model.types = self.compilation.types
        self.model.special_names = self.compilation.special_names

    # -- listing ---------------------------------------------------------------------------------------

    def list_elements(self) -> None:
        for source in children(self.root, "inputData", "decision", "businessKnowledgeModel", "decisionService"):
            id = attribute(source, "id") or attribute(source, "name")
            if not id or id in self.sources:
                self.compilation.problem(
                    source, f"The id '{id}' is {'used twice' if id else 'missing'}.", "Give it an id of its own."
                )
                continue
            self.sources[id] = source
            self.list_element(id, source)

    def list_element(self, id: str, source: Element) -> None:
        name = attribute(source, "name") or id
        variable = child(source, "variable")
        seen_as = attribute(variable, "name") or name
        type_ = self.compilation.type(type_ref(variable))
        self.names[id] = (seen_as,) if self.strict else tuple(dict.fromkeys((seen_as, name, id)))
        match local_name(source):
            case "inputData":
                self.elements[id] = InputData(id, seen_as, type_)
            case "decision":
                self.elements[id] = self.model.decisions[id] = Decision(id, name, seen_as, type_)

    def sources_of(self, *kinds: str) -> Iterator[str]:
        """The ids of the elements of these kinds; the owner of the problems that are found meanwhile."""
        for kind in kinds:
            for id, source in self.sources.items():
                if local_name(source) == kind:
                    self.compilation.owner = id
                    yield id

    def knowledge(self, id: str) -> Knowledge:
        """Its function closes over a scope that is filled when all functions are there."""
        source = self.sources[id]
        logic = child(source, "encapsulatedLogic")
        name = self.names[id][0]
        scope = self.functions[id] = {}
        names = self.visible_names(source) | set(self.names[id])
        function = function_maker(self.compilation, logic if logic is not None else source, names, name)(scope)
        type_name = type_ref(child(source, "variable")) or type_ref(logic)
        return Knowledge(id, name, self.with_result(function, type_name))

    def with_result(self, function: Function, type_name: str) -> Function:
        """The function, its result held to a type."""
        if not type_name or not self.strict:
            return function
        type_ = result_type(self.compilation.type(type_name))
        place = f"the result of '{function.name}'"

        def call(run: Evaluation, *arguments: object) -> object:
            return convert_or_null(run, type_, function.body(run, *arguments), place)

        return Function(function.parameters, call, name=function.name)

    def service(self, id: str) -> Service:
        source = self.sources[id]
        inputs = self.requirements(children(source, "inputData"), children(source, "inputDecision"))
        outputs = self.requirements(children(source, "outputDecision"))
        if not outputs:
            self.compilation.problem(source, "The service has no output decision.", "Put one into its upper part.")
        type_ = result_type(self.compilation.type(type_ref(child(source, "variable"))))
        return Service(id, attribute(source, "name") or id, self.compilation, inputs, outputs, type_)

    # -- linking ---------------------------------------------------------------------------------------

    def reference(self, element: Element) -> Reference | None:
        """Where an `href` leads; None, and a problem, if to nowhere."""
        href = attribute(element, "href")
        if href not in self.references:
            self.references[href] = self.resolve(href)
            if self.references[href] is None:
                self.compilation.problem(
                    element,
                    f"The {local_name(element)} '{href}' does not exist.",
                    "Draw the requirement again, or remove it.",
                )
        return self.references[href]

    def resolve(self, href: str) -> Reference | None:
        home, _, id = href.rpartition("#")
        if home in ("", self.model.namespace):
            return Reference(id, None) if id in self.sources else None
        imported = self.imports.by_namespace.get(home)
        return Reference(id, imported) if imported is not None and id in imported.model.elements else None

    def found(self, reference: Reference) -> DrgElement | Service | None:
        """What a reference leads to; None where that is a service of this file that is not read yet."""
        return (self.model if reference.imported is None else reference.imported.model).elements.get(reference.id)

    def required(self, source: Element, requirement: str, *kinds: str) -> list[Element]:
        """The references in the `<informationRequirement>` or `<knowledgeRequirement>` elements."""
        return [reference for each in children(source, requirement) for reference in children(each, *kinds)]

    def visible_names(self, source: Element) -> frozenset[str]:
        """The names that the logic of an element can use, as far as they are known here."""
        found: set[str] = set()
        information = self.required(source, "informationRequirement", "requiredInput", "requiredDecision")
        for element in (*information, *self.required(source, "knowledgeRequirement", "requiredKnowledge")):
            reference = self.reference(element)
            if reference is not None:
                found.update(self.names_of(reference), filter(None, (reference.alias,)))
        return frozenset(found)

    def names_of(self, reference: Reference) -> tuple[str, ...]:
        if reference.imported is None:
            return self.names[reference.id]
        element = reference.imported.model.elements[reference.id]
        return names_of(element, self.strict) if isinstance(element, Decision) else (element.name,)

    def requirements(self, *elements: list[Element]) -> list[Requirement]:
        """The inputs and decisions that are referred to."""
        found: list[Requirement] = []
        for element in (one for group in elements for one in group):
            reference = self.reference(element)
            if reference is None:
                continue
            target = self.found(reference)
            if isinstance(target, InputData | Decision):
                found.append(Requirement(reference.alias, target))
            else:
                self.compilation.problem(
                    element,
                    f"'{attribute(element, 'href')}' is neither an input nor a decision.",
                    "Require it as knowledge.",
                )
        return found

    def link(self, element: DrgElement | Service) -> None:
        source = self.sources[element.id]
        if isinstance(element, Knowledge):
            self.functions[element.id].update(self.functions_for(source))
            self.functions[element.id].update(dict.fromkeys(self.names[element.id], element.function))
        elif isinstance(element, Decision):
            self.link_decision(element, source)

    def functions_for(self, source: Element) -> Scope:
        """The knowledge models and services that an element requires, by the names under which it sees them."""
        scope: Scope = {}
        for element in self.required(source, "knowledgeRequirement", "requiredKnowledge"):
            reference = self.reference(element)
            target = self.found(reference) if reference is not None else None
            if reference is None or not isinstance(target, Knowledge | Service):
                continue
            named: Scope = dict.fromkeys(self.names_of(reference), target.function)
            if reference.alias:
                known = scope.get(reference.alias)
                named = {reference.alias: {**(known if isinstance(known, dict) else {}), **named}}
            scope.update(named)
        return scope

    def link_decision(self, decision: Decision, source: Element) -> None:
        references = self.required(source, "informationRequirement", "requiredInput", "requiredDecision")
        decision.requirements = self.requirements(references)
        decision.functions = self.functions_for(source)
        logic = self.compilation.logic_in(source)
        if not logic:
            self.compilation.problem(
                source, f"Decision '{decision.name}' has no logic.", "Give it a decision table or an expression."
            )
            return
        decision.kind = EXPRESSIONS[local_name(logic[0])].type
        result_type = type_ref(child(source, "variable"))
        decision.logic = self.compilation.decision(logic[0], self.visible_names(source), result_type)

    def check_cycles(self) -> None:
        """Decisions that require themselves over others, and chains that are too long to be meant."""
        depths: dict[Decision, int] = {}
        for decision in self.model.decisions.values():
            if depth_of(decision, (), depths) > MAX_CHAIN:
                self.compilation.problem(
                    self.sources[decision.id],
                    f"Decision '{decision.name}' requires itself, or more than {MAX_CHAIN} decisions in a row.",
                    "Remove one of the requirements.",
                )


def depth_of(decision: Decision, chain: tuple[Decision, ...], depths: dict[Decision, int]) -> int:
    """How many decisions require each other in a row, from here; beyond the maximum for a cycle."""
    if decision in depths:
        return depths[decision]
    if decision in chain or len(chain) > MAX_CHAIN:
        return MAX_CHAIN + 1
    below = [
        depth_of(requirement.element, (*chain, decision), depths)
        for requirement in decision.requirements
        if isinstance(requirement.element, Decision)
    ]
    depths[decision] = 1 + max(below, default=0)
    return depths[decision]

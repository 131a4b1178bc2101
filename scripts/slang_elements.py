#!/usr/bin/env python3
"""What slang elaborates of the files of a list, as JSON: the second oracle of scripts/coverage.py, which runs it.

    slang_elements.py LIST.f        with a Python that has pyslang==11.0.0

Every definition that nothing instantiates is a top, so that all modules of the list count, each with the parameters that
it gets. A definition that slang does not elaborate all the same, as it has parameters without a value, counts with the
ports and instances of its syntax, in all generate blocks. Paths are absolute; an element of an include file has that
file's.
"""

import json
import os
import sys

from pyslang import ast, driver, syntax

DEFINITIONS = {ast.DefinitionKind.Module: "module", ast.DefinitionKind.Interface: "interface", ast.DefinitionKind.Program: "program"}

# What instances of a definition's syntax stand in.
GENERATE = {syntax.SyntaxKind.GenerateRegion, syntax.SyntaxKind.GenerateBlock, syntax.SyntaxKind.IfGenerate,
            syntax.SyntaxKind.LoopGenerate, syntax.SyntaxKind.CaseGenerate, syntax.SyntaxKind.StandardCaseItem,
            syntax.SyntaxKind.DefaultCaseItem, syntax.SyntaxKind.ElseClause,
            syntax.SyntaxKind.ModuleDeclaration, syntax.SyntaxKind.InterfaceDeclaration, syntax.SyntaxKind.ProgramDeclaration}
INSTANCES = {syntax.SyntaxKind.HierarchyInstantiation, syntax.SyntaxKind.PrimitiveInstantiation}


class Elements:
    def __init__(self, compilation):
        self.sources = compilation.sourceManager
        self.ports, self.instances = set(), set()
        self.walked = set()
        root = compilation.getRoot()
        self.definitions = {
            (DEFINITIONS[one.definitionKind], self.file_of(one), one.name)
            for one in compilation.getDefinitions() if isinstance(one, ast.DefinitionSymbol)
        } | {("package", self.file_of(one), one.name) for one in compilation.getPackages() if one.name != "std"}
        for top in root.topInstances:
            self.walk_body(top.body)
        elaborated = {name for name, _ in self.walked}
        self.by_syntax = 0
        for one in compilation.getDefinitions():
            if isinstance(one, ast.DefinitionSymbol) and one.name not in elaborated:
                self.by_syntax += 1
                self.file, self.module = self.file_of(one), one.name
                self.take_ports(one.syntax.header.ports)
                self.take_instances(one.syntax)

    def file_of(self, symbol):
        return os.path.realpath(self.sources.getFileName(symbol.location))

    def walk_body(self, body):
        values = tuple(str(getattr(one, "value", None) or getattr(one, "targetType", "")) for one in body.parameters)
        if (body.definition.name, values) in self.walked:
            return
        self.walked.add((body.definition.name, values))
        for port in body.portList:
            if port.name:
                self.ports.add((self.file_of(port), body.definition.name, port.name))
        self.walk(body, body.definition.name)

    def walk(self, scope, module):
        for member in scope:
            if isinstance(member, (ast.InstanceSymbol, ast.UninstantiatedDefSymbol, ast.PrimitiveInstanceSymbol, ast.InstanceArraySymbol)):
                if member.name:
                    self.instances.add((self.file_of(member), module, member.name))
                if isinstance(member, ast.InstanceSymbol):
                    self.walk_body(member.body)
                elif isinstance(member, ast.InstanceArraySymbol):
                    self.walk(member, module)
            elif isinstance(member, (ast.GenerateBlockSymbol, ast.GenerateBlockArraySymbol)):
                self.walk(member, module)

    def take_ports(self, ports):
        for port in getattr(ports, "ports", ()):
            name = getattr(getattr(port, "declarator", port), "name", None)
            if name and name.valueText:
                self.ports.add((self.file, self.module, name.valueText))
            elif isinstance(port, syntax.ImplicitNonAnsiPortSyntax):
                self.ports.add((self.file, self.module, str(port.expr).strip()))

    def take_instances(self, node):
        for child in node:
            if not isinstance(child, syntax.SyntaxNode):
                continue
            if child.kind in INSTANCES:
                for one in child.instances:
                    if isinstance(one, syntax.HierarchicalInstanceSyntax) and one.decl and one.decl.name.valueText:
                        self.instances.add((self.file, self.module, one.decl.name.valueText))
            elif child.kind in GENERATE:
                self.take_instances(child)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    slang = driver.Driver()
    slang.addStandardArgs()
    if not slang.parseCommandLine(f"slang -f {sys.argv[1]} --ignore-unknown-modules"):
        sys.exit(3)
    if not (slang.processOptions() and slang.parseAllSources()):
        sys.exit(3)
    compilation = slang.createCompilation()
    elements = Elements(compilation)
    errors = sum(1 for one in compilation.getAllDiagnostics() if one.isError())
    json.dump({"errors": errors, "bySyntax": elements.by_syntax, "definitions": sorted(elements.definitions), "ports": sorted(elements.ports),
               "instances": sorted(elements.instances)}, sys.stdout)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds variants of plugins: one text of one source replaced, that source compiled, the library linked."""

import json
import os
import shlex
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class BadMutant(Exception):
    """A variant that cannot be made."""


def run(command, folder, what):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BadMutant(f"{what}:\n{done.stdout}{done.stderr}")
    return done.stdout


def patched(text, mutant):
    """\\p text with the patch of \\p mutant, which has to fit in one place."""
    count = text.count(mutant["old"])
    if count != 1:
        raise BadMutant(f"{mutant['id']}: its text stands {count} times in {mutant['file']}, not once")
    return text.replace(mutant["old"], mutant["new"])


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def source_folder(build):
    """The folder that \\p build is made of."""
    for line in read(os.path.join(build, "CMakeCache.txt")).splitlines():
        if line.startswith("CMAKE_HOME_DIRECTORY:"):
            return line.split("=", 1)[1]
    raise BadMutant(f"{build} is not the folder of a build")


class Base:
    """A plugin that variants are made of. Files of patches are relative to `folder`."""

    def __init__(self, folder, name, claims):
        self.folder = folder
        self.name = name  # as its manifest has it
        self.claims = claims  # the file with what it claims

    def check(self, mutant):
        """That the patch of \\p mutant fits."""
        patched(read(os.path.join(self.folder, mutant["file"])), mutant)

    def claims_of(self, mutant):
        """What the variant claims: a mutant may have a patch of the claims, or `claims.except`."""
        text = read(os.path.join(self.folder, self.claims))
        if mutant.get("file") == self.claims:
            text = patched(text, mutant)
        claims = json.loads(text)
        for feature, values in mutant.get("claims", {}).get("except", {}).items():
            for claim in claims["claims"]:
                except_ = claim.setdefault("except", {})
                before = except_.get(feature, [])
                except_[feature] = [*([before] if isinstance(before, str) else before), *values]
        return claims

    def write_manifest(self, mutant, base, folder, **changes):
        manifest = json.loads(read(base))
        manifest.update(conformance=self.claims_of(mutant), **changes)
        write(os.path.join(folder, self.name + ".json"), json.dumps(manifest, indent=2))


class Example(Base):
    """An example of the SDK: all its sources are compiled anew."""

    def __init__(self, name):
        super().__init__(os.path.join(ROOT, "backend-api", "template", name), name + "-example", "conformance.json")
        if name == "hello":
            self.name = name

    def make(self, mutant, build, folder):
        """The library of \\p mutant in \\p folder; an empty one is the base itself."""
        shutil.copytree(self.folder, folder)
        if "old" in mutant:
            path = os.path.join(folder, mutant["file"])
            write(path, patched(read(path), mutant))
        sources = [name for name in sorted(os.listdir(folder)) if name.endswith((".c", ".cpp"))]
        compiler = ["clang-19"] if sources[0].endswith(".c") else ["clang++-19", "-std=c++17"]
        library = os.path.join(folder, self.name + ".so")
        exports = os.path.join(folder, "plugin.exports")  # as glowplug_add_plugin() does
        write(exports, "{ global: gp_plugin_entry; local: *; };\n")
        includes = [os.path.join(place, "backend-api", "include") for place in (ROOT, build)]
        command = [
            *compiler, "-O2", "-shared", "-fPIC", "-w", "-fvisibility=hidden", "-ffp-contract=off",
            *("-I" + include for include in includes), *sources,
            f"-Wl,--version-script={exports}", "-lm", "-o", library,
        ]  # fmt: skip
        run(command, folder, f"{mutant['id']} does not compile")
        base = os.path.join(build, "lib", "glowplug", "plugins", "cpu.json")
        self.write_manifest(mutant, base, folder, name=self.name, library=self.name + ".so", processes=False)
        return library


class Shipped(Base):
    """A plugin of the build: one object is made anew, and goes before the archives when it is linked."""

    def __init__(self, name):
        super().__init__(ROOT, name, os.path.join("backends", name, "plugin", "conformance.json"))

    def make(self, mutant, build, folder):
        os.makedirs(folder)
        plugins = os.path.join(build, "lib", "glowplug", "plugins")
        library = os.path.join(folder, self.name + ".so")
        if "old" in mutant and mutant["file"] != self.claims:
            original, made = self.compile(mutant, build, folder)
            self.link(build, original, made, library)
        else:
            shutil.copy(os.path.join(plugins, self.name + ".so"), library)
        self.write_manifest(mutant, os.path.join(plugins, self.name + ".json"), folder)
        return library

    def compile(self, mutant, build, folder):
        """The object of the build, and that of the patched source."""
        source = os.path.join(self.folder, mutant["file"])
        copy = os.path.join(folder, os.path.basename(source))
        write(copy, patched(read(source), mutant))
        built = os.path.join(source_folder(build), mutant["file"])
        for entry in json.loads(read(os.path.join(build, "compile_commands.json"))):
            if entry["file"] == built:
                break
        else:
            raise BadMutant(f"{mutant['id']}: nothing compiles {mutant['file']}")
        command = shlex.split(entry["command"])
        original = command[command.index("-o") + 1]
        made = copy + ".o"
        command[command.index("-o") + 1] = made
        command[command.index("-c") + 1] = copy
        run([*command, "-w", "-Wno-error"], entry["directory"], f"{mutant['id']} does not compile")
        return original, made

    def link(self, build, original, made, library):
        target = os.path.join("lib", "glowplug", "plugins", self.name + ".so")
        commands = run(["ninja", "-t", "commands", target], build, "ninja cannot say how to link").splitlines()
        command = next(line for line in reversed(commands) if f"-o {target} " in line)
        # ": && clang++ ... && :"
        words = shlex.split(command.split("&&")[1])
        words[words.index("-o") + 1] = library
        if original in words:
            words[words.index(original)] = made
        else:
            words.insert(next(i for i, word in enumerate(words) if word.endswith(".o")), made)
        run(words, build, f"{library} cannot be linked")


# Variants of them are in mutants_NAME.json and mutants_NAME_*.json.
BASES = {
    "cpu": Shipped("cpu"),
    "hello": Example("hello"),
    "int8": Example("int8"),
    "npu": Shipped("npu-sim"),
    "tiles": Example("tiles"),
}


def all_mutants():
    """Pairs of base and mutant, of all files. Lawful ones, which take longest, come last."""
    pairs = []
    for name, base in BASES.items():
        pairs.append((base, {"id": "none", "kind": "lawful", "about": "the plugin itself"}))
        for file in sorted(os.listdir(HERE)):
            if file == f"mutants_{name}.json" or (file.startswith(f"mutants_{name}_") and file.endswith(".json")):
                pairs.extend((base, mutant) for mutant in json.loads(read(os.path.join(HERE, file))))
    return sorted(pairs, key=lambda pair: pair[1]["kind"] == "lawful")

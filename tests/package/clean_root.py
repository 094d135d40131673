#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Installs the packages in a clean root with dpkg, and uses them there.

usage: clean_root.py --packages DIR --model FILE --work DIR

The root holds Debian's essential packages and what our packages declare to need, with all that these need in turn, and
nothing else: no source, no build folder, no network. It is assembled from the packages that are installed on this
machine; dpkg in the root installs ours, without a --force, so that it judges the dependencies itself. What this does
not show: that Debian's archive still has these versions.

Status 77: this machine allows no namespaces.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

RUN_PACKAGES = ["libglowplug", "glowplug"]
DEVELOP_PACKAGES = ["glowplug-dev", "glowplug-doc"]
OURS = RUN_PACKAGES + DEVELOP_PACKAGES
NAMESPACES = ["unshare", "--map-root-user", "--mount", "--net", "--"]
# What the author of a program or a backend brings along.
TOOLS = ["cmake", "gcc", "libc6-dev", "ninja-build", "pkg-config"]
INFO = pathlib.Path("/var/lib/dpkg/info")
MERGED = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")


class Installed:
    """The packages of this machine."""

    def __init__(self):
        self.stanzas, self.provided = {}, {}
        for stanza in pathlib.Path("/var/lib/dpkg/status").read_text().split("\n\n"):
            fields = dict(re.findall(r"^([\w-]+): (.*)$", stanza, re.M))
            if fields.get("Status") != "install ok installed":
                continue
            name = fields["Package"]
            if fields.get("Architecture") in ("all", native_architecture()):
                self.stanzas[name] = (stanza, fields)
            for other in names(fields.get("Provides", "")):
                self.provided.setdefault(other[0], name)

    def find(self, alternatives):
        for name in alternatives:
            if name in self.stanzas:
                return name
            if name in self.provided:
                return self.provided[name]
        sys.exit(f"needs the package {' or '.join(alternatives)}, which is not installed on this machine")

    def essential(self):
        return [name for name, (_, fields) in self.stanzas.items() if fields.get("Essential") == "yes"]

    def closure(self, wanted):
        """The packages `wanted`, lists of alternatives, and all that they need."""
        found, open_list = set(), [self.find(alternatives) for alternatives in wanted]
        while open_list:
            name = open_list.pop()
            if name not in found:
                found.add(name)
                fields = self.stanzas[name][1]
                open_list += [self.find(a) for key in ("Depends", "Pre-Depends") for a in names(fields.get(key, ""))]
        return found


def native_architecture():
    return subprocess.run(["dpkg", "--print-architecture"], text=True, capture_output=True, check=True).stdout.strip()


def names(field):
    """A field of dependencies as lists of alternatives."""
    parts = [part for part in field.split(",") if part.strip()]
    return [[re.match(r"\s*([a-z0-9.+-]+)", one)[1] for one in part.split("|")] for part in parts]


class Root:
    def __init__(self, folder, installed):
        self.folder, self.installed, self.packages = folder, installed, set()
        for name in MERGED:
            (folder / "usr" / name).mkdir(parents=True)
            (folder / name).symlink_to(f"usr/{name}")
        for name in ("dev", "proc", "tmp", "root", "etc", "var/lib/dpkg/info", "var/lib/dpkg/updates", "work"):
            (folder / name).mkdir(parents=True)
        (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (folder / "etc/group").write_text("root:x:0:\n")

    def add(self, packages):
        for name in sorted(packages - self.packages):
            self.copy(name)
        self.packages |= packages
        status = self.folder / "var/lib/dpkg/status"
        known = status.read_text() if status.exists() else ""
        present = set(re.findall(r"^Package: (.*)$", known, re.M))
        missing = sorted(self.packages - present)
        status.write_text(known + "".join(self.installed.stanzas[name][0].strip("\n") + "\n\n" for name in missing))
        self.run("ldconfig")

    def copy(self, name):
        lists = [path for path in INFO.glob(f"{name}*") if re.fullmatch(rf"{re.escape(name)}(:\w+)?\.\w+", path.name)]
        for path in lists:
            shutil.copy(path, self.folder / "var/lib/dpkg/info")
        for line in next(path for path in lists if path.suffix == ".list").read_text().splitlines():
            source = pathlib.Path(line)
            target = self.folder / line.lstrip("/")
            if line == "/." or os.path.lexists(target):
                continue
            if source.is_symlink():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(os.readlink(source))
            elif source.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            elif source.exists():  # documentation may be left out on this machine
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)

    def run(self, script, status=0):
        """What a script says in the root: no network, and no file from outside but devices and processes."""
        enter = 'mount --rbind /dev "$1/dev" && mount --rbind /proc "$1/proc" && exec chroot "$1" /bin/sh -euc "$2"'
        script = textwrap.dedent(script).strip()
        done = subprocess.run(
            [*NAMESPACES, "sh", "-c", enter, "sh", self.folder, "cd /work\n" + script],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)  # fmt: skip
        if done.returncode != status:
            sys.exit(f"{script}\nneeds status {status}, but ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def install(self, files):
        for file in files:
            shutil.copy(file, self.folder / "work")
        self.run("dpkg --install " + " ".join(file.name for file in files))


def needs(files):
    """What packages in files need besides each other."""
    fields = []
    for file in files:
        command = ["dpkg-deb", "--field", file, "Depends"]
        fields.append(subprocess.run(command, text=True, capture_output=True, check=True).stdout.strip())
    return [alternatives for alternatives in names(",".join(fields)) if alternatives[0] not in OURS]


def expect(text, *parts):
    for part in parts:
        if part not in text:
            sys.exit(f"needs '{part}' in the output, but got:\n{text}")


def check_command(root):
    expect(root.run("glowplug --version"), "0.")
    expect(root.run("glowplug backends"), "cpu", "npu-sim")
    run = "glowplug run model.onnx --dim N=1 --inputs random:1 --compare reference"
    expect(root.run(run), "cpu")
    root.run("""
        glowplug compile model.onnx --dim N=1 -o model.gpx
        glowplug profile model.onnx --dim N=1 --inputs random:1x4 -o model.profile
        glowplug quantize model.onnx --dim N=1 --profile model.profile --scheme symmetric -o int8.onnx
        glowplug run int8.onnx --dim N=1 --backend npu-sim --backend cpu --compare reference \\
          --backend-option npu-sim:device=process
        """)
    # A compiled model needs no compiler.
    root.run("""
        mv /usr/lib/glowplug/libglowplug-compiler.so /tmp
        glowplug run model.gpx --inputs random:1
        """)
    expect(root.run(run, status=3), "/usr/lib/glowplug/libglowplug-compiler.so")
    root.run("mv /tmp/libglowplug-compiler.so /usr/lib/glowplug")


def check_player(root):
    """What a laboratory does with cases for its testbench."""
    root.run("""
        plugin=/usr/lib/glowplug/plugins/npu-sim.so
        glowplug conformance export-rtl cases --plugin $plugin --level smoke --filter 'ops/MatMul/i8/*'
        """)
    for options in ("", " --rtl array"):
        done = root.run("npu-player cases" + options)
        expect(done, "PASS")
        if "FAIL" in done:
            sys.exit(f"a case fails on the models:\n{done}")


def check_development(root):
    root.run("test -s /usr/share/glowplug/player/player.v")
    root.run("""
        cmake -G Ninja -S /usr/share/glowplug/template/hello -B hello -D CMAKE_C_COMPILER=gcc
        cmake --build hello
        glowplug backends --plugin hello/lib/glowplug/plugins/hello.so
        cmake --install hello --prefix /usr
        """)
    expect(root.run("glowplug run model.onnx --dim N=1 --inputs random:1 --backend hello --compare reference"), "hello")
    root.run("""
        gcc -std=c11 -Wall -Werror /usr/share/glowplug/host-example/run.c $(pkg-config --cflags --libs glowplug) -o run
        ./run model.onnx N=1
        gcc -std=c11 -c $(pkg-config --cflags glowplug-sdk) -x c - -o sdk.o <<END
        #include <glowplug/backend.h>
        #include <glowplug/image.h>
        END
        mkdir program && cd program
        cat >CMakeLists.txt <<END
        cmake_minimum_required(VERSION 3.25)
        project(program LANGUAGES C)
        find_package(Glowplug 0.1 REQUIRED)
        add_executable(program /usr/share/glowplug/host-example/run.c)
        target_link_libraries(program PRIVATE glowplug::host-c)
        END
        cmake -G Ninja -S . -B build -D CMAKE_C_COMPILER=gcc
        cmake --build build
        build/program ../model.onnx N=1
        """)
    root.run("test -s /usr/share/doc/glowplug-doc/html/index.html")


def check_removal(root):
    root.run("rm /usr/lib/glowplug/plugins/hello.*; dpkg --purge glowplug-doc glowplug-dev glowplug libglowplug")
    left = root.run("find /usr -name '*glowplug*'")
    if left:
        sys.exit(f"removing the packages left:\n{left}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("packages", "model", "work"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    if subprocess.run([*NAMESPACES, "true"], capture_output=True).returncode != 0:
        print("skipped: without namespaces nothing keeps this machine out of the root", file=sys.stderr)
        return 77
    folder = arguments.work.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        installed = Installed()
        root = Root(folder, installed)

        def files(names_of_packages):
            return [next(arguments.packages.glob(f"{name}_*.deb")) for name in names_of_packages]

        essential = [[name] for name in installed.essential()]
        root.add(installed.closure(essential + needs(files(RUN_PACKAGES))))
        shutil.copy(arguments.model, folder / "work/model.onnx")
        root.install(files(RUN_PACKAGES))
        check_command(root)
        check_player(root)
        print(f"the command works in a root of {len(root.packages)} packages of Debian")
        root.add(installed.closure([[name] for name in TOOLS] + needs(files(DEVELOP_PACKAGES))))
        root.install(files(DEVELOP_PACKAGES))
        check_development(root)
        check_removal(root)
        print(f"programs and backends are built in a root of {len(root.packages)}; removing leaves nothing")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

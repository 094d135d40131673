#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the bill of materials of a release: SPDX 2.3 in JSON, to standard output.

usage: sbom.py --version VERSION --commit HASH DIR

It names the source archive and the Debian packages in DIR with their SHA-256, the Debian packages that each of them
needs at run time (what the build was linked against: the versions that are installed here), and those whose code is
within. Its time is SOURCE_DATE_EPOCH.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

AUTHORS = "Organization: The Glowplug authors"
LICENCE = "Apache-2.0 WITH LLVM-exception"
# Package of this release -> Debian packages whose code is compiled or copied into it, besides what it links.
WITHIN = {
    "glowplug": ["libcli11-dev", "libflatbuffers-dev", "libfmt-dev", "nlohmann-json3-dev"],
    "libglowplug": ["libflatbuffers-dev", "libfmt-dev", "nlohmann-json3-dev"],
    "glowplug-doc": ["mkdocs-material"],
}


def output(*command):
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"sbom.py: {' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def identifier(name):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]", "-", name)


def relation(subject, kind, other):
    return {"spdxElementId": identifier(subject), "relationshipType": kind, "relatedSpdxElement": identifier(other)}


def own_package(name, version, path):
    return {
        "SPDXID": identifier(name),
        "name": name,
        "versionInfo": version,
        "packageFileName": path.name,
        "supplier": AUTHORS,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "checksums": [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(path.read_bytes()).hexdigest()}],
        "licenseConcluded": LICENCE,
        "licenseDeclared": LICENCE,
        "copyrightText": "NOASSERTION",
    }


def debian_package(name):
    """What is installed under this name."""
    form = "${Package}\n${Version}\n${Architecture}\n${source:Package}\n"
    package, version, architecture, source = output("dpkg-query", "-W", "-f", form, name).splitlines()[:4]
    quoted = urllib.parse.quote(version, safe="")
    return {
        "SPDXID": identifier(f"debian-{package}"),
        "name": package,
        "versionInfo": version,
        "supplier": "Organization: Debian",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "sourceInfo": f"Debian source package {source}",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{package}@{quoted}?arch={architecture}",
        }],
    }  # fmt: skip


def needed(deb):
    """The names in the field Depends of a package."""
    field = output("dpkg-deb", "--field", deb, "Depends")
    return [re.match(r"\s*([a-z0-9.+-]+)", part)[1] for part in field.split(",") if part.strip()]


def bill(folder, version, commit):
    archive = folder / f"glowplug-{version}.tar.xz"
    debs = {output("dpkg-deb", "--field", deb, "Package").strip(): deb for deb in sorted(folder.glob("*.deb"))}
    if not debs or not archive.exists():
        present = sorted(path.name for path in folder.iterdir())
        sys.exit(f"sbom.py: {folder}: needs {archive.name} and packages, but got {present}")
    source = "glowplug-source"
    packages = [own_package(source, version, archive)]
    relations = []
    debian = {}
    for name, deb in debs.items():
        packages.append(own_package(name, version, deb))
        relations.append(relation(name, "GENERATED_FROM", source))
        for other in needed(deb):
            if other not in debs:
                debian[other] = debian_package(other)
            relations.append(relation(name, "DEPENDS_ON", other if other in debs else f"debian-{other}"))
        for other in WITHIN.get(name, []):
            debian[other] = debian_package(other)
            relations.append(relation(name, "CONTAINS", f"debian-{other}"))
    packages += [debian[name] for name in sorted(debian)]
    relations += [relation("DOCUMENT", "DESCRIBES", name) for name in [source, *debs]]
    created = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"glowplug-{version}",
        "documentNamespace": f"https://glowplug.invalid/spdx/glowplug-{version}-{commit}",
        "creationInfo": {
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [AUTHORS, f"Tool: glowplug-sbom-{version}"],
        },
        "packages": packages,
        "relationships": relations,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="DIR", type=pathlib.Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--commit", required=True)
    arguments = parser.parse_args()
    print(json.dumps(bill(arguments.folder, arguments.version, arguments.commit), indent=1))


if __name__ == "__main__":
    main()

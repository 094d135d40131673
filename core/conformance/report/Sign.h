// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
/// \file
/// Signatures of reports, made and checked by the tools that Debian has for it:
/// minisign, signify (Debian's signify-openbsd) and GnuPG. They sign
/// SHA256SUMS, which holds the hashes of all other files.

#pragma once

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>
#include <vector>

namespace glowplug::conformance {

enum class Signer : uint8_t { minisign, signify, gpg };

/// All of them.
const std::vector<Signer> &signers();
/// "minisign", "signify" or "gpg".
std::string signerName(Signer signer);
/// Nothing for other text.
std::optional<Signer> parseSigner(llvm::StringRef name);

/// Its file in the folder of a report: "SHA256SUMS.minisig".
std::string signatureFile(Signer signer);

/// The tool that signed the report in \p folder, if one did.
std::optional<Signer> signerOf(const std::string &folder);

/// Signs SHA256SUMS in \p folder. \p key: the file of the secret key; of gpg
/// also the name of a key in the user's key ring. The tool may ask for a
/// password on the terminal. Faults, of kind `usage`: the tool is not in PATH
/// or refuses; its words are in the message.
llvm::Error signFolder(const std::string &folder, Signer signer,
                       const std::string &key);

/// Checks the signature in \p folder against the file of a public key. Faults
/// as above; one of kind `model` says that the signature does not hold.
llvm::Error checkSignature(const std::string &folder,
                           const std::string &publicKey);

} // namespace glowplug::conformance

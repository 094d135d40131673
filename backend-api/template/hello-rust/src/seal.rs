// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//! A seal before the blob: 32 bytes by which load() tells that a blob is whole,
//! and one of this plugin. It keeps the image after it at a multiple of 8.

const MAGIC: &[u8; 16] = b"hello-rust seal1";
const BYTES: usize = 32;

/// FNV-1a: no two inputs of one length that differ in one byte have one hash.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn head(content: &[u8]) -> Vec<u8> {
    let mut seal = MAGIC.to_vec();
    seal.extend((content.len() as u64).to_le_bytes());
    seal.extend(hash(content).to_le_bytes());
    seal
}

/// `content` with its seal.
pub fn seal(content: &[u8]) -> Vec<u8> {
    let mut blob = head(content);
    blob.extend(content);
    blob
}

/// What was sealed; None if the blob is damaged or of somebody else.
pub fn open(blob: &[u8]) -> Option<&[u8]> {
    let content = blob.get(BYTES..)?;
    (blob[..BYTES] == head(content)).then_some(content)
}

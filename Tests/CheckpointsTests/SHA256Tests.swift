import Checkpoints
import Foundation
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    @Test("the examples of FIPS 180-4 and the empty text")
    func examples() {
        let examples = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
        for (text, digest) in examples { #expect(SHA256.digest(of: Data(text.utf8)) == digest) }
    }

    @Test("a million letters, in pieces of every size around a block")
    func pieces() {
        let data = Data(repeating: UInt8(ascii: "a"), count: 1_000_000)
        let digest = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(SHA256.digest(of: data) == digest)
        var hash = SHA256()
        data.withUnsafeBytes { bytes in
            var (place, size) = (0, 1)
            while place < bytes.count {
                let end = min(place + size, bytes.count)
                hash.update(UnsafeRawBufferPointer(rebasing: bytes[place..<end]))
                place = end
                size = size % 131 + 1
            }
        }
        #expect(hash.digest() == digest)
    }
}

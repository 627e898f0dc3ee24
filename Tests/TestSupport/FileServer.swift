public import Foundation

/// A server for the files of one folder that breaks connections off.
public enum FileServer {
    private static let python = "/usr/bin/python3"

    /// Whether there are Python, which runs it, and curl, which asks it.
    public static let isAvailable = [python, "/usr/bin/curl"].allSatisfy(
        FileManager.default.isExecutableFile(atPath:))

    private static let program = """
        import http.server, os, sys, time
        folder, limit, ranges, pause = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "ranges", float(sys.argv[4])
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path = os.path.join(folder, os.path.basename(self.path))
                if not os.path.exists(path):
                    self.send_error(404)
                    return
                with open(path, "rb") as file:
                    data = file.read()
                asked = self.headers.get("Range")
                start = int(asked.split("=")[1].split("-")[0]) if asked and ranges else 0
                print("GET", start, file=sys.stderr, flush=True)
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.send_header("Content-Length", str(len(data) - start))
                self.end_headers()
                data = data[start:start + limit]
                try:
                    for place in range(0, len(data), 1 << 16):
                        self.wfile.write(data[place:place + (1 << 16)])
                        self.wfile.flush()
                        time.sleep(pause)
                except OSError:
                    pass
                self.close_connection = True
            def log_message(self, *arguments): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    /// Serves a folder while a body runs.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - limit: After how many bytes a connection breaks off.
    ///   - ranges: Whether parts of files can be asked for.
    ///   - pause: Seconds between 64 KiB.
    ///   - body: Is given the URL.
    /// - Returns: The places at which requests began.
    @discardableResult
    public static func serving(
        _ folder: URL, limit: Int, ranges: Bool = true, pause: Double = 0, _ body: (String) throws -> Void
    ) throws -> [Int] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        // Python's own numbers have no limit, but slices end where data do.
        process.arguments = [
            "-c", program, folder.path, "\(limit)", ranges ? "ranges" : "whole", "\(pause)",
        ]
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        // The runner of the tests may have blocked the signal that asks for the end.
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        var port = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data("\n".utf8) {
            port += byte
        }
        try body("http://127.0.0.1:\(String(decoding: port, as: UTF8.self))")
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let log = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        return log.split(separator: "\n").filter { $0.hasPrefix("GET ") }.compactMap { Int($0.dropFirst(4)) }
    }
}

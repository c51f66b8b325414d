/// Folders of runs: `runs/<command>-<n>` with options.json, metrics.csv, metrics.jsonl, events.jsonl, checkpoints
/// (best, last) and snapshots. Finding the newest of a kind.
#pragma once
#include "runtime/dlrt.h"
#include "support/result.h"
#include <string>
#include <vector>

namespace dl::rt {

/// Creates runs/<command>-<n> with the next free n, or `wanted` itself. An existing run is refused.
Result<std::string> createRunFolder(const std::string &command, const std::string &wanted);

/// A folder of `runs/` or an explicit path: what `--resume RUN` and `--from RUN` name.
Result<std::string> findRun(const std::string &given);

/// Snapshot files of a run, newest first: snapshot-<n>.safetensors.
struct SnapshotFile {
  std::string path;
  int64_t number = 0;
};
std::vector<SnapshotFile> snapshotFiles(const std::string &run);

/// The file other commands start from: last, else best, else the newest snapshot; "" when there is none.
std::string checkpointOf(const std::string &run);

/// Folders in runs/ that start with `prefix` and hold a checkpoint or snapshot, the one written last first.
std::vector<std::string> runsByAge(const std::string &prefix);

/// Appends to a file; a short write is an error with the reason, and the file is cut back.
Status appendText(const std::string &path, const std::string &text);
/// Cuts a file to `length` bytes (what was recorded in a snapshot).
Status cutFile(const std::string &path, int64_t length);
int64_t fileLength(const std::string &path);
bool fileExists(const std::string &path);
/// Paths of the files in a folder and its folders, relative to it, sorted.
std::vector<std::string> filesBelow(const std::string &path);
bool folderExists(const std::string &path);
/// Whether two paths lead to one folder.
bool sameFolder(const std::string &a, const std::string &b);
/// Writes a small file aside and renames it.
Status writeText(const std::string &path, const std::string &text);

} // namespace dl::rt

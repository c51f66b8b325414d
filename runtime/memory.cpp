#include "runtime/memory.h"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/mman.h>

namespace dl::rt {

namespace {
constexpr uint64_t kHugePage = uint64_t(2) << 20;
constexpr uint64_t kHugeFrom = uint64_t(64) << 20;
} // namespace

Result<uint8_t *> Memory::take(uint64_t bytes, const char *what) {
  if (bytes == 0) return static_cast<uint8_t *>(nullptr);
  bool huge = bytes > kHugeFrom;
  uint64_t size = huge ? (bytes + 2 * kHugePage - 1) / kHugePage * kHugePage : bytes;
  void *address =
      size < bytes ? MAP_FAILED : mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) {
    char text[120];
    std::snprintf(text, sizeof text, "cannot get %.1f MB of memory for %s: ", double(bytes) / 1e6, what);
    return failure(text + std::string(std::strerror(errno)));
  }
  blocks_.push_back({address, size});
  uintptr_t start = reinterpret_cast<uintptr_t>(address);
  if (huge) {
    start = (start + kHugePage - 1) / kHugePage * kHugePage;
    madvise(reinterpret_cast<void *>(start), bytes, MADV_HUGEPAGE); // a wish; small pages work too
  }
  return reinterpret_cast<uint8_t *>(start);
}

Result<std::unique_ptr<Memory>> Memory::create(const dl_program &program, const dl_entry &entry, int64_t threads) {
  std::unique_ptr<Memory> memory(new Memory);
  DL_TRY(words, memory->take(sizeof(dl_frame) + 8 * (entry.n_words + 1), "the frame"));
  DL_TRY(arena, memory->take(entry.arena_bytes, "the values of this command"));
  for (int64_t i = 0; i < threads; ++i) {
    DL_TRY(scratch, memory->take(entry.scratch_bytes, "a thread"));
    memory->scratch_.push_back(scratch);
  }
  memory->frame_ = reinterpret_cast<dl_frame *>(words);
  dl_frame &frame = *memory->frame_;
  frame.arena = arena;
  frame.scratch = memory->scratch_.data();
  frame.threads = threads;
  frame.program = &program;
  frame.entry = &entry;
  return memory;
}

Memory::~Memory() {
  for (const Block &block : blocks_) munmap(block.address, block.bytes);
}

} // namespace dl::rt

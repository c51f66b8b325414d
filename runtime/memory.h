/// The memory of one command: the frame with its words, the arena, a scratch block for each thread.
#pragma once
#include "runtime/dlrt.h"
#include "support/result.h"
#include <memory>
#include <vector>

namespace dl::rt {

class Memory {
public:
  /// Everything starts as zeros; pages are taken when first touched.
  static Result<std::unique_ptr<Memory>> create(const dl_program &program, const dl_entry &entry, int64_t threads);
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  dl_frame &frame() { return *frame_; }

private:
  Memory() = default;
  struct Block {
    void *address;
    size_t bytes;
  };
  Result<uint8_t *> take(uint64_t bytes, const char *what);
  std::vector<Block> blocks_;
  std::vector<uint8_t *> scratch_;
  dl_frame *frame_ = nullptr;
};

} // namespace dl::rt

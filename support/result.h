/// Result<T>: a value, or the reason there is none. For failures that a caller decides how to present
/// (files, formats, shape rules). User errors with a place in a source go to Diagnostics instead.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace dl {

/// Why an operation failed: one sentence in lower case without a final full stop.
struct Error {
  std::string message;
};

template <class T> class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T &operator*() { return std::get<0>(state_); }
  const T &operator*() const { return std::get<0>(state_); }
  T *operator->() { return &std::get<0>(state_); }
  const T *operator->() const { return &std::get<0>(state_); }
  const std::string &message() const { return std::get<1>(state_).message; }
  Error takeError() { return std::move(std::get<1>(state_)); }

private:
  std::variant<T, Error> state_;
};

/// Success without a value.
struct Done {};
using Status = Result<Done>;

inline Error failure(std::string message) { return Error{std::move(message)}; }

/// Returns the error of `expr` from the enclosing function, else binds its value to `name`.
#define DL_TRY(name, expr)                                                                                             \
  auto name##OrError = (expr);                                                                                         \
  if (!name##OrError) return name##OrError.takeError();                                                                \
  auto &name = *name##OrError
/// The same for expressions whose value is not needed.
#define DL_CHECK_OK(expr)                                                                                              \
  do {                                                                                                                 \
    auto statusOrError = (expr);                                                                                       \
    if (!statusOrError) return statusOrError.takeError();                                                              \
  } while (0)

/// A broken invariant of the compiler itself (never a user's mistake): says where and stops.
#define DL_CHECK(condition)                                                                                            \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      std::fprintf(stderr, "%s:%d: internal error: `%s` does not hold\n", __FILE__, __LINE__, #condition);             \
      std::abort();                                                                                                    \
    }                                                                                                                  \
  } while (0)
#define DL_UNREACHABLE() DL_CHECK(!"reachable")

} // namespace dl

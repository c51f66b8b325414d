// dlrt_sort against std::stable_sort, over elements, sizes, directions and strides; the order of special floats.
#include "runtime/dlrt.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

namespace {

dl_tensor vectorOf(void *data, int elem, int64_t n, int64_t stride = 1) {
  dl_tensor t{};
  t.data = data;
  t.elem = elem;
  t.rank = 1;
  t.extent[0] = n;
  t.stride[0] = stride;
  return t;
}

template <class T> std::vector<int32_t> orderOf(std::vector<T> keys, int elem, bool descending) {
  int64_t n = int64_t(keys.size());
  std::vector<int32_t> payload(keys.size()), sorted(keys.size());
  std::iota(payload.begin(), payload.end(), 0);
  std::vector<T> out(keys.size());
  std::vector<uint64_t> work(keys.size() * 4 + 8);
  dl_tensor in[] = {vectorOf(keys.data(), elem, n), vectorOf(payload.data(), DL_I32, n)};
  dl_tensor to[] = {vectorOf(out.data(), elem, n), vectorOf(sorted.data(), DL_I32, n)};
  dlrt_sort(in, to, 2, 0, descending, work.data());
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(std::memcmp(&out[i], &keys[size_t(sorted[i])], sizeof(T)), 0) << i;
  return sorted;
}

template <class T> std::vector<int32_t> expected(const std::vector<T> &keys, bool descending) {
  std::vector<int32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return descending ? keys[size_t(a)] > keys[size_t(b)] : keys[size_t(a)] < keys[size_t(b)];
  });
  return order;
}

template <class T, class Draw> void compare(int elem, Draw draw) {
  std::mt19937_64 random(7);
  for (size_t n : {1, 2, 3, 31, 32, 33, 64, 1000, 5000})
    for (bool descending : {false, true}) {
      std::vector<T> keys(n);
      for (T &key : keys) key = draw(random);
      EXPECT_EQ(orderOf(keys, elem, descending), expected(keys, descending)) << n << " " << descending;
    }
}

TEST(Sort, AgreesWithStableSort) {
  compare<float>(DL_F32, [](auto &r) { return std::ldexp(float(int64_t(r() % 2001) - 1000), int(r() % 40) - 20); });
  compare<double>(DL_F64, [](auto &r) { return std::ldexp(double(int64_t(r() % 11) - 5), int(r() % 600) - 300); });
  compare<int32_t>(DL_I32, [](auto &r) { return int32_t(r()); });
  compare<int32_t>(DL_I32, [](auto &r) { return int32_t(r() % 5) - 2; }); // many ties
  compare<int64_t>(DL_I64, [](auto &r) { return int64_t(r()); });
  compare<uint8_t>(DL_U8, [](auto &r) { return uint8_t(r()); });
}

TEST(Sort, SpecialFloats) {
  float nan = NAN, inf = INFINITY;
  std::vector<float> keys{nan, 1, -0.0f, 0.0f, -inf, inf, -nan, -1, 1e-45f, -1e-45f};
  EXPECT_EQ(orderOf(keys, DL_F32, false), (std::vector<int32_t>{4, 7, 9, 2, 3, 8, 1, 5, 0, 6}));
  EXPECT_EQ(orderOf(keys, DL_F32, true), (std::vector<int32_t>{5, 1, 8, 2, 3, 9, 7, 4, 0, 6}));
}

TEST(Sort, AlongEachDimensionOfAMatrix) {
  const int64_t rows = 3, columns = 4;
  std::vector<int32_t> keys{5, 1, 4, 1, 2, 9, 2, 0, 3, 3, 8, 7}, out(12);
  std::vector<uint64_t> work(64);
  dl_tensor in{}, to{};
  in.data = keys.data(), in.elem = DL_I32, in.rank = 2;
  in.extent[0] = rows, in.extent[1] = columns, in.stride[0] = columns, in.stride[1] = 1;
  to = in;
  to.data = out.data();
  dlrt_sort(&in, &to, 1, 1, 0, work.data());
  EXPECT_EQ(out, (std::vector<int32_t>{1, 1, 4, 5, 0, 2, 2, 9, 3, 3, 7, 8}));
  dlrt_sort(&in, &to, 1, 0, 1, work.data());
  EXPECT_EQ(out, (std::vector<int32_t>{5, 9, 8, 7, 3, 3, 4, 1, 2, 1, 2, 0}));
}

} // namespace

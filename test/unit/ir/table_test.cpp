#include "test/unit/ir/run_text.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace dl::ir;
using namespace dl::ir::test;
using Numbers = std::vector<double>;

namespace {

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "dl_ir_table_test").string();
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  EvaluateOptions options() const {
    EvaluateOptions options;
    options.dataDir = path;
    return options;
  }
};

} // namespace

TEST(Table, GivesRowsAndColumns) {
  Folder folder;
  std::ofstream(folder.path + "/t.csv") << "a1,a2,kind\n1,2,dog\n3,4,cat\n";
  std::string text = R"(
table @t csv "t.csv" most MOST {
  column "a2\ta1" f32[2]
  column "kind" i32 category ("cat", "dog")
}
func @f() -> (i64, f32, i32) {
  %n: dim<=MOST, %x: f32[%n,2], %k: i32[%n] = load_table @t
  %c: i64 = extent [%n]
  %w: f32[%n] = remap [i] %x[i,0]
  %s: f32 = reduce prod %w dims [0]
  %z: i64 = const 0
  %first: i32 = reduce max %k dims [0]
  return %c, %s, %first
}
)";
  auto with = [&](const std::string &most) {
    std::string copy = text;
    for (size_t at; (at = copy.find("MOST")) != std::string::npos;) copy.replace(at, 4, most);
    return copy;
  };
  auto y = run(with("5"), {}, folder.options());
  ASSERT_EQ(y.size(), 3u);
  EXPECT_EQ(y[0].number(0), 2);
  EXPECT_EQ(y[1].number(0), 2 * 4);
  EXPECT_EQ(y[2].number(0), 1);
  EXPECT_EQ(failing(with("1"), {}, folder.options()), "the table t has 2 rows, at most 1 are allowed");
}

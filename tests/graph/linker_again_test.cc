// A Linker that is used again: only what is new is linked, and the result is that of linking all.
#include <gmock/gmock.h>

#include "tests/graph/graph_fixture.h"

namespace fanin::graph {
namespace {

using testing::ElementsAre;

class LinkerAgainTest : public testing::Test {
 protected:
  // Puts a file into the repository, in place of one of its path.
  void Put(TestFile file) {
    const std::string path = file.path();
    shards_[path] = Shard::Decode(std::move(file).Build()).value();
  }

  // Links again; the paths whose link sets were made, and checks all of them against linking from scratch.
  std::vector<std::string> Link() {
    std::vector<LinkInput> inputs;
    for (const auto& [path, shard] : shards_) {
      inputs.push_back({path, [shard = shard] { return shard; }, base::DigestOf(shard->bytes())});
    }
    const auto again = linker_.Link(inputs, 2);
    const auto scratch = LinkRepository(LinkedRepository::kName, inputs, 1);
    EXPECT_TRUE(again.has_value() && scratch.has_value());
    std::vector<std::string> made;
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!again->link_sets[i].empty()) {
        made.push_back(inputs[i].path);
        links_[inputs[i].path] = again->link_sets[i];
      }
      EXPECT_EQ(links_[inputs[i].path], scratch->link_sets[i]) << inputs[i].path;
    }
    EXPECT_EQ(again->unresolved, scratch->unresolved);
    EXPECT_EQ(again->references, scratch->references);
    EXPECT_EQ(again->resolved, scratch->resolved);
    return made;
  }

  // A module with an instance of `uses`; `statements` are in its body, `input` is its port.
  static TestFile Core(const std::string& path, std::string_view uses, int statements, std::string_view input = "d") {
    TestFile file(path);
    const LocalNode module = file.Module(path.substr(0, path.find('.')));
    for (int i = 0; i < statements; ++i) file.Add(module, NodeKind::kAlways, "always#" + std::to_string(i));
    const LocalNode port = file.Input(module, input);
    file.Connect(file.Instance(module, uses, "u"), "d", {port});
    return file;
  }

  std::map<std::string, std::shared_ptr<const Shard>> shards_;
  std::map<std::string, std::string> links_;
  Linker linker_{std::string(LinkedRepository::kName)};
};

TEST_F(LinkerAgainTest, AChangedBodyLinksItsFileOnly) {
  Put(Core("a.sv", "b", 1));
  Put(Core("b.sv", "c", 1));
  Put(Core("c.sv", "missing", 1));
  EXPECT_THAT(Link(), ElementsAre("a.sv", "b.sv", "c.sv"));
  Put(Core("b.sv", "c", 3));
  EXPECT_THAT(Link(), ElementsAre("b.sv"));
  EXPECT_THAT(Link(), ElementsAre());
}

TEST_F(LinkerAgainTest, AChangedPortLinksItsUsersTooAndNoOthers) {
  Put(Core("a.sv", "b", 1));
  Put(Core("b.sv", "c", 1));
  Put(Core("z.sv", "elsewhere", 1));
  Link();
  Put(Core("b.sv", "c", 1, "e"));
  EXPECT_THAT(Link(), ElementsAre("a.sv", "b.sv"));
  Put(Core("b.sv", "c", 1, "d"));
  EXPECT_THAT(Link(), ElementsAre("a.sv", "b.sv"));
}

TEST_F(LinkerAgainTest, NewAndRemovedFilesAreSeenByAll) {
  Put(Core("a.sv", "b", 1));
  Link();
  Put(Core("b.sv", "c", 1));
  EXPECT_THAT(Link(), ElementsAre("a.sv", "b.sv"));
  shards_.erase("b.sv");
  EXPECT_THAT(Link(), ElementsAre("a.sv"));
}

TEST_F(LinkerAgainTest, AnotherTypeOfWhatIsUsedReachesThroughTheFileBetween) {
  const auto member = [](const std::string& path, std::string_view package, std::string_view name) {
    TestFile file(path);
    const LocalNode scope = file.Package(package);
    file.Signal(file.Add(scope, NodeKind::kClass, "cfg"), name);
    return file;
  };
  const auto holder = [](std::string_view package) {
    TestFile file("holder.sv");
    const LocalNode module = file.Module("holder");
    file.Signal(module, "c", std::string(package) + "::cfg");
    return file;
  };
  TestFile user("user.sv");
  const LocalNode module = user.Module("user");
  const LocalNode instance = user.Instance(module, "holder", "u");
  user.Refer(EdgeKind::kRefersTo, LookUp::kHierarchical, instance, "u.c.depth");
  Put(std::move(user));
  Put(member("p.sv", "p", "depth"));
  Put(member("q.sv", "q", "depth"));
  Put(holder("p"));
  Link();
  Put(holder("q"));
  EXPECT_THAT(Link(), ElementsAre("holder.sv", "user.sv"));
  Put(member("q.sv", "q", "width"));
  EXPECT_THAT(Link(), testing::Contains("user.sv"));
}

TEST_F(LinkerAgainTest, AfterAnErrorAllIsLinkedAnew) {
  Put(Core("a.sv", "b", 1));
  Link();
  std::vector<LinkInput> inputs{{"a.sv", [] { return base::Fail(base::Code::kDataLoss, "gone"); }, {}}};
  EXPECT_EQ(linker_.Link(inputs, 1).error().code, base::Code::kDataLoss);
  EXPECT_THAT(Link(), ElementsAre("a.sv"));
}

}  // namespace
}  // namespace fanin::graph

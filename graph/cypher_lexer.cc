#include "graph/cypher_lexer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "graph/cypher_parser.h"

namespace fanin::graph::cypher {
namespace {

bool IsNameStart(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsNameChar(char c) { return IsNameStart(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  base::Result<std::vector<Token>> Run() {
    std::vector<Token> tokens;
    for (;;) {
      FANIN_RETURN_IF_ERROR(SkipBlanks());
      FANIN_ASSIGN_OR_RETURN(Token token, Next());
      const bool end = token.kind == Token::Kind::kEnd;
      tokens.push_back(std::move(token));
      if (end) return tokens;
    }
  }

 private:
  char At(size_t offset = 0) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }

  base::Status SkipBlanks() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(At())) != 0) {
        ++at_;
      } else if (At() == '/' && At(1) == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (At() == '/' && At(1) == '*') {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return std::unexpected(ErrorAt(text_, at_, "comment is not closed"));
        at_ = end + 2;
      } else {
        break;
      }
    }
    return {};
  }

  base::Result<Token> Next() {
    Token token;
    token.position = at_;
    if (at_ == text_.size()) return token;
    const char c = At();
    if (IsNameStart(c)) {
      token.kind = Token::Kind::kName;
      token.text = TakeName();
    } else if (c == '`') {
      const size_t end = text_.find('`', at_ + 1);
      if (end == std::string_view::npos) return std::unexpected(ErrorAt(text_, at_, "back-tick is not closed"));
      token.kind = Token::Kind::kName;
      token.quoted = true;
      token.text = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
    } else if (c == '$' && IsNameChar(At(1))) {
      ++at_;
      token.kind = Token::Kind::kParameter;
      token.text = TakeName();
    } else if (IsDigit(c)) {
      TakeNumber(token);
    } else if (c == '\'' || c == '"') {
      FANIN_RETURN_IF_ERROR(TakeString(token));
    } else {
      FANIN_RETURN_IF_ERROR(TakeMark(token));
    }
    return token;
  }

  std::string TakeName() {
    const size_t begin = at_;
    while (IsNameChar(At())) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  void TakeNumber(Token& token) {
    const size_t begin = at_;
    token.kind = Token::Kind::kInteger;
    while (IsDigit(At())) ++at_;
    if (At() == '.' && IsDigit(At(1))) {  // not the ".." of a range
      token.kind = Token::Kind::kReal;
      ++at_;
      while (IsDigit(At())) ++at_;
    }
    token.text = text_.substr(begin, at_ - begin);
  }

  base::Status TakeString(Token& token) {
    const char quote = At();
    token.kind = Token::Kind::kString;
    for (++at_; At() != quote; ++at_) {
      if (at_ >= text_.size()) return std::unexpected(ErrorAt(text_, token.position, "string is not closed"));
      if (At() == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        switch (At()) {
          case 'n': token.text += '\n'; break;
          case 't': token.text += '\t'; break;
          case '\\':
          case '\'':
          case '"': token.text += At(); break;
          default:
            token.text += '\\';
            token.text += At();
            break;  // \d and the like of a regular expression
        }
      } else {
        token.text += At();
      }
    }
    ++at_;
    return {};
  }

  base::Status TakeMark(Token& token) {
    static constexpr std::array<std::string_view, 5> kTwo = {"<=", ">=", "<>", "=~", ".."};
    token.kind = Token::Kind::kMark;
    for (const std::string_view two : kTwo) {
      if (text_.substr(at_, 2) == two) {
        token.text = std::string(two);
        at_ += 2;
        return {};
      }
    }
    if (!std::string_view("()[]{}<>-,:.|*=+/%;").contains(At())) {
      return std::unexpected(ErrorAt(text_, at_, std::string("unexpected character '") + At() + "'"));
    }
    token.text = std::string(1, At());
    ++at_;
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

base::Result<std::vector<Token>> Tokenize(std::string_view text) { return Lexer(text).Run(); }

}  // namespace fanin::graph::cypher

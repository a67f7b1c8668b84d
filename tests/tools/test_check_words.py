import sys
from pathlib import Path

import pytest
from tools.check_words import Check, advice_for, files, main

QUESTION = 'def orders():\n    """What a party may see."""\n'
PROMISE = 'def orders():\n    """Return the orders that a party may see."""\n'


def found(path: str, text: str) -> list[str]:
    check = Check()
    check.add(path, text)
    return [f"{finding.line} {finding.rule} {finding.found}" for finding in check.all()]


@pytest.mark.parametrize(
    "name", ["chain_order_id", "chainOrderId", "CHAIN_ORDER_ID", "_chain_order_id", "ChainOrderIdView"]
)
def test_a_replaced_name_is_found_in_every_spelling(name: str) -> None:
    assert advice_for(name) == "contract_order_id"


@pytest.mark.parametrize(
    "name", ["desktop", "newsletter", "trailing_slash", "contract_order_id", "standing_offers", "remove"]
)
def test_a_longer_word_that_contains_a_replaced_one_is_fine(name: str) -> None:
    assert advice_for(name) is None


def test_names_of_tests_are_sentences_and_may_say_what_a_person_is_told() -> None:
    assert advice_for("test_a_buyer_is_told_once") is None
    assert advice_for("is_told") is not None
    assert advice_for("test_a_row_is_mended") is not None


def test_functions_classes_arguments_attributes_and_variables_are_read() -> None:
    source = (
        "class Desk:\n"
        "    def mend(self, trail):\n"
        "        self.follower = trail\n"
        "        news: int = 1\n"
        "import notices as facts\n"
    )

    assert found("src/descrow/orders/service.py", source) == [
        "1 name Desk",
        "2 name mend",
        "2 name trail",
        "3 name follower",
        "4 name news",
        "5 name facts",
    ]


def test_names_that_are_only_used_and_text_are_not_reported_again() -> None:
    assert found("src/descrow/orders/service.py", '# the desk\nlibrary.follower("mend this trail")\n') == []


def test_tables_columns_and_fields_of_models_are_read() -> None:
    source = (
        "class Query(Base):\n"
        '    __tablename__ = "inquiries"\n'
        "    asked: Mapped[int]\n"
        '    next_attempt_at = mapped_column("retry_at")\n'
    )

    assert found("src/descrow/payments/models.py", source) == ["2 name inquiries", "3 column asked", "4 name retry_at"]


def test_a_migration_may_use_the_names_that_columns_had_then() -> None:
    source = 'SHELVES = sa.Column("retry_at", sa.DateTime())\n'

    assert found("src/descrow/app/migrations/versions/0001_initial_schema.py", source) == ["1 name SHELVES"]


def test_a_replaced_command_is_found_under_its_group_only() -> None:
    source = (
        '@payments_app.command("came")\ndef confirm(): ...\n'
        "@ledger_app.command()\ndef take(): ...\n"
        "@roles_app.command()\ndef take(): ...\n"
    )

    assert found("src/descrow/admin.py", source) == ["1 command payments came", "3 command ledger take"]


def test_a_module_or_folder_with_a_replaced_name_is_found() -> None:
    assert found("src/descrow/realtime/service.py", "") == ["1 module src/descrow/realtime/service"]
    assert found("src/descrow/payments/parts.py", "") == ["1 module src/descrow/payments/parts"]
    assert found("tests/faults/broom.py", "") == ["1 module tests/faults/broom"]
    assert found("src/descrow/feed/service.py", "") == []


def test_identifiers_of_typescript_and_vyper_are_read_without_strings_and_comments() -> None:
    typescript = (
        "// the desk\nconst desk = t('desk.mend') /* trail\n*/\nconst text = `news`\nlet don = \"it's\", trail = 1\n"
    )
    vyper = '# the purse\n"""\n@notice the purse\n"""\npurse: uint256\nassert x, "escrow: purse"\n'

    assert found("web/src/a.ts", typescript) == ["2 name desk", "5 name trail"]
    assert found("contracts/a.vy", vyper) == ["5 name purse"]


def test_two_classes_of_src_with_one_name_are_found_and_those_of_tests_are_not() -> None:
    check = Check()
    for path in ("src/descrow/a.py", "src/descrow/b.py", "tests/c.py"):
        check.add(path, "class Answer: ...\nclass _Row: ...\n")

    assert [(finding.path, finding.found) for finding in check.all()] == [
        ("src/descrow/a.py", "Answer"),
        ("src/descrow/b.py", "Answer"),
    ]


@pytest.mark.parametrize(("promises", "passes"), [(99, True), (98, False)])
def test_one_docstring_in_a_hundred_may_open_with_a_question_word(promises: int, passes: bool) -> None:
    check = Check()
    check.add("src/descrow/a.py", QUESTION + PROMISE * promises)

    assert [(finding.line, finding.rule, finding.found) for finding in check.all()] == [(2, "docstring", "What")]
    assert check.is_passed() is passes


def test_docstrings_outside_of_src_tests_and_bench_are_not_counted() -> None:
    check = Check()
    check.add("contracts/build.py", QUESTION)

    assert check.docstring_count == 0
    assert check.is_passed()


def test_what_others_wrote_is_not_read(tmp_path: Path) -> None:
    for folder in ("node_modules", "own"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.ts").write_text("")

    assert [path.parent.name for path in files([tmp_path])] == ["own"]


def test_the_command_names_line_word_and_advice_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "orders.py").write_text("x = 1\nmended = 2\n")
    monkeypatch.setattr("tools.check_words.ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["check_words", str(tmp_path / "src")])

    assert main() == 1
    assert "src/orders.py:2: name: mended; use repaired" in capsys.readouterr().out

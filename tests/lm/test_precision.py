from lm.precision import choose_precision


def cpuinfo(tmp_path, flags):
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
    return path


def test_auto_is_bf16_only_where_the_cpu_multiplies_it(tmp_path):
    assert choose_precision("auto", cpuinfo=cpuinfo(tmp_path, "fpu avx512_bf16 sse")) == "bf16"
    assert choose_precision("auto", cpuinfo=cpuinfo(tmp_path, "fpu amx_bf16")) == "bf16"
    assert choose_precision("auto", cpuinfo=cpuinfo(tmp_path, "fpu avx2 avx512f")) == "fp32"


def test_auto_without_a_flags_file_is_fp32(tmp_path):
    assert choose_precision("auto", cpuinfo=tmp_path / "none") == "fp32"


def test_a_wish_is_followed(tmp_path):
    assert choose_precision("bf16", cpuinfo=cpuinfo(tmp_path, "fpu")) == "bf16"

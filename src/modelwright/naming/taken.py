"""Names that mean something already."""

from __future__ import annotations

import builtins
import keyword
import sys

SHORTEST_NAME = 2
LONGEST_NAME = 40

_COUNTRY_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO
    BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ
    DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP
    GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG
    KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML
    MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE
    PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL
    SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM
    US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""  # ISO 3166-1 alpha-2
COUNTRIES = frozenset(_COUNTRY_CODES.split())

# What a generated project's environment, the system's shell and file systems already name.
_NAMED_ELSEWHERE = """
    alembic annotated_doc annotated_types anyio aux awk backend_test_tools bandit bash boto3
    cat catboost cd certifi cfgv check_jsonschema check_model check_node click cloudpickle
    com1 com2 com3 com4 com5 com6 com7 com8 com9 con conda contourpy cp curl cycler cython
    dask data dateutil deploy deptry detect_secrets dill distlib docker docs dodo doit
    dotenv duckdb dvc echo env f2py fairlearn fastapi filelock find fish flatbuffers
    fonttools fsspec git google grep h11 hatchling helm holidays httpcore httptools httpx
    hypothesis icalendar identify identify_cli idna iniconfig ipykernel ipython jax jinja2
    joblib jsonschema jupyter jupyter_core jupyterlab just kill kiwisolver kubectl lightgbm
    llvmlite lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 ls make man markupsafe matplotlib
    ml_dtypes mlflow models mpl_toolkits mv mypy_extensions narwhals nbclient nbformat
    nbstripout nodeenv notebook notebooks nul numba numpy numpy_config onnx onnxruntime
    onnxruntime_test opentelemetry opentelemetry_api packaging pandas pandera pil pillow pip
    pipx platformdirs pluggy poetry polars pre_commit pre_commit_hooks prettytable prn
    prometheus_client protobuf psycopg py pyarrow pydantic pydantic_core pyftmerge
    pyftsubset pygmentize pygments pylab pyparsing pytest python python_dateutil
    python_discovery python_dotenv pyyaml ray reports requests requirements
    requirements_parser rm root ruff rust_just scikit_learn scipy sed setuptools sh shap six
    skl2onnx sklearn skops sortedcontainers sqlalchemy src ssh starlette su sudo tar
    tensorflow test tests threadpoolctl tomli tomlkit torch ttx ty typeguard
    typing_extensions typing_inspect typing_inspection tzdata urllib3 uv uv_build uvicorn
    uvloop virtualenv watchfiles wcwidth websockets wget wheel which xgboost yaml zizmor zsh
"""

TAKEN = frozenset(
    name.lower()
    for name in (
        *_NAMED_ELSEWHERE.split(),
        *sys.stdlib_module_names,
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
    )
)

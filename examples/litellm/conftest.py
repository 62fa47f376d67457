import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else the import asks GitHub for the prices of models

"""The kinds of answer: what a question says that asks for one, and how a clause writes it."""

from __future__ import annotations

import re

from qa_bot.patterns import late
from qa_bot.words import SURNAMES

__all__ = ["KINDS", "WITHOUT"]

# A name of two or three characters behind an office; 任, 为 and their like begin a predicate more often than a name.
_NAME = (
    rf"[{''.join(sorted(SURNAMES - frozenset('任于和应成全时常管单关')))}][\u4e00-\u9fff]{{1,2}}"
)
_BEHIND_OFFICE = rf"(?:[长记任席编辑员授师]|领导|同志|先生|女士)[::]?{_NAME}"
_WHEN = r"什么时候|啥时候|何时|几时|哪一?[天日年]|几月份?|几号|哪个月|多会儿?"
_DONE = r"通车|建成|完工|竣工|投用|投入使用|开通|开业|开园|交付|启用|运营|完成|落成|弄好|建好|修好|造好|做完|办完|上线|试运行|全覆盖|实现"
_N = r"(?:\d[\d,]*(?:\.\d+)?|[一二三四五六七八九十百千两]+)\s*"

# English; in Italian the end of a month.
_FINE = (
    r"(?<!che )(?<!alla )(?<!in )(?<!no )(?<!no-)(?<!is )(?<!are )(?<!’s )(?<!'s )fines?\b(?!-)(?! (?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|"
    r"dicembre|mese|anno|del|di|dust|particl\w*|particulate|print|arts?|lines?|tun\w+|with|if|to|i)\b)"
)


# kind: what a question says that asks for it (Chinese, English, Italian, French, Spanish, Japanese), and
# how a clause writes one.
KINDS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "area": (
        late(
            r"(?<![资投])多大的?(?:面积|地方|店|房|仓|场|铺|空间)|(?:至少|最少|最小|最低|不能小于|[要需得]|不少于)(?:要|有|得|达到|做到)?多大(?!年|岁|的?(?:罚|力|比例|规模|金额|资))|"
            r"(?:店|铺|房|仓|面|场|库).{0,6}多大(?!年|岁)|几个?平|多少个?平|(?<![\d.个每一])平(?:米|方)(?!米?(?:罚|月|多少|补))|(?<![\da-z ])(?:㎡|m2\b)|"
            r"容积(?!率)|面积.{0,8}(?:多少|几|最小|最低|至少|不少|不低|门槛|下限|才够|要够|够不|够吗)|(?:多少|几|最小|最低|至少).{0,6}面积|多少亩|几亩|(?:店面|铺面|门面|铺子|地方).{0,4}大小|"
            r"floor ?area|floor ?space|\b(?:minimum|least|smallest|required) (?:\w+ ){0,2}(?:area|space)\b|square met|how (?:big|large|small) .{0,50}\b(?:shop|store|drugstore|pharmacy|chemist|room|warehouse|space|premises|floor|area)\b|"
            r"superfici|metri (?:quadr|cub)|metros (?:cuadr|cúb)|mètres (?:carr|cub)|cubic met|広さ|平米|面積は(?:最低)?(?:何|どれ)"
        ),
        late(_N + r"(?:万|亿|千|百)*(?:平方米|平方公里|立方米|㎡|m2|亩|公顷)"),
    ),
    "money": (
        late(
            r"多少钱|几倍|多少倍|何倍|how many times the|quante volte il|combien de fois (?:la|le)|cuántas veces el|几[万千百]?(?:元|块钱)|(?<![挂立竖哪那十])几块(?!.{0,2}[牌服地板标责大])|几个?亿(?![亩吨度斤])|多少块(?![牌服地板标责])|多少[万亿]元?(?![亩吨度斤平立吨人户头只辆台])|"
            r"多少元|金额|罚款?多少|补多少|贷多少|奖多少|奖励多少|补贴多少|票价|门票|造价|投资额|总投资|掏钱|花钱|要不要钱|要钱吗|付费|(?:贷款|补贴|补助|奖励|罚款).{0,4}(?:封顶|上限|顶格|最高)|注册资[本金](?!.{0,3}\d)|(?<!of )registered capital|capital(?:e)? sociale?\b|fino a (?:che (?:cifra|importo|somma)|quanto)|几[百千万]块|(?:补|奖|贷|领|拿|赔|缴|交|罚|扣|返|退|付|报销)[^,。?;:]{0,8}(?:多少(?!\s*[个家人名位次天年月件项条份本册字票页户座块])|几[百千万])|多少.{0,4}(?:补偿|奖补|津贴|手续费|经费|补助)|(?:怎么|如何)收费|收费(?:多少|标准)|多少.{0,6}"
            r"(?:钱|贷款|补贴|奖励|奖金|罚款|费用|资金|投资)|how much (?:money|fine|loan|subsid\w+|compensation|funding)|how much .{0,50}\b(?:cost|pay|pays|paid|charge\w*|fined?|borrow|get|receive|subsid\w+|refund\w*|reimburs\w+|lend|lent|loan|grant|fee|fees|price|spen[dt]|invest\w*)\b|要钱(?:买|订)?[吗不么]|(?:have to|must|do (?:i|we|you)) pay\b|si paga\b|faut-il payer|hay que pagar|sold or |for nothing\b|si compra|se vende|se compra|\bpayant|要不要(?:出|花|付)钱|[收要]不[收要]钱|不收钱|白(?:拿|领|送)|给多少(?![个家人名位次天年月件项条份本册字票页户座块])|奖金.{0,6}(?:多少|几)|(?:quanti|how many|cuántos|combien de) (?:miliardi|milioni|billions?|millions?|milliards|miles de millones|millones)|\bsums?\b|amount|"
            r"\b(?:an?|the|what|any|of|be|big|large|maximum|minimum|heavy) "
            + _FINE
            + r"|\bfines? (?:is|are|for|of|can|will)\b|\bloan|"
            r"what (?:is|are|does) the (?:fee|price|cost)|quanti soldi|quanto costa|importo|somm[ae]\b|\bsuma\b|montant|combien d.argent|combien coûte|"
            r"importe|cuánto (?:dinero|cuesta)|(?:combien de|cuántos|quanti|how many) yuan|いくら|金額"
        ),
        late(
            _N
            + r"(?:多|余)?(?:(?:万|亿|千|百)*(?:[美欧日港]元|元)|[万亿](?:资金|贷款|投资|补助))|倍(?:以[上下]|的?(?:罚款|赔偿))|\d‰|免费|无偿|免收|不收费|不得收取?费|(?:返还|退还|补贴|补助|奖励|资助|报销|罚款)[^。;]{0,24}\d%"
        ),
    ),
    "share": (
        late(
            r"利率|利息|(?:what|how much) interest\b|interest rate|taux d'intérêt|tasso|tipo de interés|金利|百分之|百分比|百分点|比例|几成|占比|几个点|多少个点|(?:利息|利率|年利).{0,8}(?:多少|几|多高)|几厘|率.{0,6}(?:多少|几|多高)|"
            r"多少.{0,4}率|percent|proportion|what share|\bshare of\b|pourcent|porcentaje|percentual|割合|何%|パーセント"
        ),
        late(
            _N
            + r"(?:%|个百分点)|分之|"
            + _N
            + r"成(?![立本员为果功])|\d‰|\d\s*:\s*\d|[一二三四五六七八九](?:点[一二三四五六七八九])?比[一二三四五六七八九]"
        ),
    ),
    "time": (
        late(
            r"什么时候|啥时候|何时|几月|(?<!第)(?<!码是)(?<!码)(?<!话)(?<!路)(?<!街)(?<!编号是)几号(?!文|线)|哪天|哪一天|哪年|哪一年|期限|"
            r"截止|\bwhen (?:is|are|was|were|do|does|did|will|must|can|may|should|has|have)\b|what (?:date|day)|deadline|(?:^|[,.;:!?] *|\b(?:da|di|fino a|per|e|il|al) )quando\b(?![^?]*,)|"
            r"(?:what|which) year|(?:en )?quelle année|che anno|qué año|何年|"
            r"(?:^|[,.;:!?] *|\b(?:depuis|à partir de|jusqu.à|et|de|pour|est-ce) )quand\b(?![^?]*,)|date limite|cuándo|qué fecha|(?:qué|cuál es el) plazo|いつ|何日|何月|期限"
        ),
        late(
            _N
            + r"个?(?:年|月|日|天|小时|分钟|季度|工作日|周)|[每按][年季月周日天]|年度|之日|永久|长期|当场|即时|[单双]月"
        ),
    ),
    "count": (
        late(
            r"(?:多少|(?<![第哪十好数])几)\s*(?:个(?!点|亿|百分点|月|小时|工作日|部)|家|人|名|位|次|座|台|条|项|件|处|所|间|辆|则|种|类|级|字|册|本|层|户|份|场|批(?!准|复)|吨|套)|"
            r"(?:how many|\bquant[ei]\b|combien d[e']|cuánt[oa]s)(?! ?(?:working |business )?(?:metri|metros|mètres|met(?:er|re)s|chilometri|kil[oó]m|cubic|square|percent|miliardi|milioni|billion|million|milliard|miles|millones|days|weeks|months|years|yuans?|giorni|settimane|mesi|anni|temps|jours|semaines|mois|ans|années|argent|días|semanas|meses|años|yuanes)\b)|"
            r"cuánta gente|quanta gente|何人|何件|何社|いくつ"
        ),
        late(
            r"半数|分之|"
            + _N
            + r"(?:多|余)?(?:万|亿|千|百)*(?:个|家|人|名|位|次|座|台|条|项|件|处|所|间|辆|则|种|类|级|字|册|本|层|户|份|场|批|吨|套)"
        ),
    ),
    "number": (
        late(
            r"文号|(?:发文|文件).{0,4}(?:号码|编号)|(?:file|reference|document|serial|registration|circular) (?:number|no\b)|under (?:what|which) reference|\bcote\b|numero (?:del|della|dell).{0,3}(?:piano|circolare|avviso|testo|provvedimento|atto)|[几哪]个?号文|哪个号(?!码)|编号是?(?:多少|几号|什么)|什么号(?!码)|登记号|登记编号|统一编号|document (?:no|num)|reference n|"
            r"number of the (?:doc|not)|(?:under |with |by )?(?:which|what) number|(?:con |sotto )?(?:quale|che) numero|(?:sous )?quel numéro|(?:con |bajo )?qué número|numéro (?:du|de l?.?(?:document|avis|circulaire|texte)|officiel)|numero (?:del documento|di protocollo)|número (?:del documento|de documento|oficial)|文書番号|(?<!郵便)(?<!電話)番号"
        ),
        late(r"〔\d{4}〕\s*\d+\s*号|[a-z]{4}\d{2}-\d{4}|总第?\d+期"),
    ),
    "page": (
        late(
            r"几页|多少页(?=起|上|那)|哪一?页|页码|which page|what page|page number|on page|quelle page|che pagina|qué página|何ページ|何頁"
        ),
        late(r"(?:…|\.{3,})\s*\(?\d+|第\s*\d+\s*页|\(\d{1,3}\)(?=[;。]|$)"),
    ),
    "effect": (
        late(
            r"(?:什么时候|啥时候|何时|几时|哪天|哪一?[天日年]|几[月号]|从什么|从啥|从哪|日期|时间).{0,10}(?:施行|实施|生效|执行|算数|作数|起用|实行|适用)|"
            r"(?:施行|实施|生效|执行|实行|起用).{0,6}(?:什么时候|啥时候|何时|几时|哪天|哪一?[天日年]|几[月号]|日期|时间|了吗|没有)|(?:生效|施行|实施|执行|起始|开始)(?:日|时间)|开始(?:用|管用|算)|几号(?:算起|开始|算数)|when .{0,60}(?:kick in|start to apply|begin to apply|come into effect)|(?:da|desde|à partir de|depuis) (?:che|qué|quel) (?:giorno|día|jour)|(?:cuándo|quando|quand) .{0,20}(?:se aplica|si applica|s.applique)|(?:哪一?[天日]|什么时候|啥时候|何时|几[月号]|哪[年月])(?:份)?(?:起|开始)(?!诉|草|源)|from (?:what|which) (?:day|date)|da (?:che|quale) (?:giorno|data)|à partir de (?:quand|quelle date)|a partir de (?:cuándo|qué)|いつから|since when|da quando|depuis quand|desde cuándo|"
            r"take[ns]? effect|effective (?:date|from)|when .{0,40}effective|in(?:to)? force|in vigore|en vigueur|en vigor|発効|施行日"
        ),
        late(
            r"自.{0,14}起|[年月日]起.{0,6}(?:施行|实施|执行|生效|试行)|之日起?.{0,4}(?:施行|实施|执行|生效)|(?:施行|实施|生效)(?:日期|时间)|(?:执行|有效期?|施行)[至到]"
        ),
    ),
    "issued": (
        late(
            r"(?:什么时候|啥时候|哪天|哪一?[天日]|哪年|几月|几号(?!文)|何时|几时|日期|[哪啥么个]日子).{0,8}(?:发(?:布|文|出|的|了)|印发|出台|公布|落款|出版|出的|出来)|"
            r"(?:发[布文出]|印发|出台|公布|成文|落款|出版|签[发署]).{0,8}(?:什么时候|啥时候|哪天|哪一?[天日]|几[号月]|何时|日期|日子)|"
            r"issued|dated|publish|emess|pubblicat|publié|publicad|emitid|発行|発出"
        ),
        late(
            r"(?m)^\s*\d{4}年\d{1,2}月\d{1,2}日\s*$|出版日期|\d日.{0,12}(?:出台|印发|发布|公布|颁布|下发)"
        ),
    ),
    "leader": (
        late(
            r"牵头|挑头|主责|责任单位|(?:谁|哪[个家些]?.{0,6}(?:局|部门|单位|委|机关|衙门|办)).{0,14}(?:负责|牵头|管|抓|落实|弄|做|承担|主|领)|找哪[个家几些]|哪[家个].{0,4}(?:负责|牵头|落实|承担|主管)|"
            r"se ocupan? de|s.occupa(?:no)? di|responsib|in charge|charge of|takes? the lead|leads?\b|incaricat|chargé|encargad|担当|所管"
        ),
        late(
            r"牵头|责任(?:单位|领导|部门)|负责|主管|由.{2,24}(?:局|部门|委|政府|机关|机构|单位)|(?:部门|局|委|厅|办|政府|机关|机构)(?:主管|组织|会同|管理|审批|审核|批准|受理)"
        ),
    ),
    "name": (
        late(
            r"哪位|哪些人|都有谁|(?:劳模|模范|代表|委员|获奖|先进个人|人员|选手|教师|医生).{0,8}名单|名单.{0,8}(?:光荣榜|名字|姓名)|哪个(?:领导|市长|副市长|书记|局长|主任)|姓名|(?:谁|位|领导|长|书记|主任|主席|人|师傅|律师|选手|模范)[^，。,?]{0,8}(?:叫什么|叫啥|名字)|名字.{0,4}(?:都?有谁|是谁|都有|分别)|"
            r"谁.{0,12}(?:参加|出席|陪同|陪着|会见|拜访|走访|调研|主持|讲话|致辞|带队|当选|被免|上任|卸任|当上|担任|出任)|(?:由谁|谁来)(?:当|做|出任|担任)|"
            r"\bnames? of (?:the )?(?:\w+ ){0,3}(?:workers?|people|persons?|members?|winners?|officials?|recipients?|editors?|deput\w+)|\bnomi de\w* |\bnoms des |\bnombres de l|氏名|名前|"
            r"\bwho (?:was|became|attended|chaired|visited|spoke|led|replaced|took|went|accompanied|met|received)\b|(?:which|what|who\b.{0,24}) (?:vice[- ]?|deputy )?mayor|sindaco|\bmaire\b|alcalde|市長"
        ),
        late(
            rf"{_BEHIND_OFFICE}|(?:^|[^\u4e00-\u9fff]|免去|任命|聘任|聘请|提名|决定){_NAME}(?:同志|[任为]|的[^,。;]{{2,24}}职务|[、,\s]*$)|、{_NAME}(?=、|等|$)"
        ),
    ),
    # An office may be meant by who as well as a person.
    "person": (
        late(
            r"(?<![由归跟找给对让被靠请告算问向有])谁(?!来|负责|管|批|定|出钱|审|说了算|有权|承担|监督|决定|能|可|该|赔|交|付|发|牵头|都|家|先)|"
            r"\bwho (?:is|has|does|do|must|should|can)\b|\bchi (?:è|ha|era)(?!\w)|\bqui (?:est|a|était)\b|quién (?:es|fue|ha|\w+ó\b)|誰が|誰です|だれ"
        ),
        late(
            rf"{_BEHIND_OFFICE}|(?:^|[^\u4e00-\u9fff]|免去|任命){_NAME}(?:同志|[任为])|"
            r"由[^,。;]{2,24}(?:局|部门|委|政府|机关|机构|单位|人)|(?:部门|局|委员会|委|厅|政府|机关|机构|协会)(?:负责|主管|会同|管理|应当|可以|组织|指导|批准|制定)|责任单位|牵头"
        ),
    ),
    "definition": (
        late(
            r"什么是|啥意思|什么意思|指什么|指的是|算得上|怎么(?:才|样才)算|怎样才算|才算(?!数)|含义|定义|叫做|meaning|\bmeans?\b|"
            r"defin|significa|とは|意味"
        ),
        late(r"是指|所称|的含义|,指"),
    ),
    "penalty": (
        late(
            r"罚(?!.{0,4}(?:表|单子|清单|目录|名录|规|文件))|会(?:被)?怎么?样|什么后果|啥后果|制裁|\b"
            + _FINE
            + r"|fined|penal|multa|\bamendes?\b|sanzion|sanción|罰"
        ),
        late(r"罚款|处罚|处以"),
    ),
    "exempt": (
        late(
            r"(?:免罚|免[于予](?:处罚|行政处罚)?|不(?:予|用|会)?(?:行政)?处?罚)(?!.{0,5}(?:表|单子|清单|目录|名录|规|文件))|[能可得会]免(?![费税])|[还要会得该挨吃被]罚(?!(?:款|钱)?了?(?:多少|几|什么|啥))|"
            r"[还要会得该挨吃被]处罚(?!多少)|罚(?:吗|不|嘛|么|单)|饶|放.{0,3}一马|从轻|减轻(?!.{0,4}(?:负担|压力|痛))|首违|网开一面|"
            r"[给要]不[给要](?:处)?罚|受罚吗|waive|exempt|let off|(?:penalty|fined?|punished) (?:or not|anyway|regardless)|way out of a (?:fine|penalty)|let (?:it|us|them|me) slide|escape|\bspared?\b|forgiv|get away|without (?:a )?(?:fine|penalty)|esoner|\besent|condon|"
            r"senza (?:multa|sanzion)|multan\w* (?:lo stesso|comunque)|\bci multan|(?:rischia\w*|prend\w+) (?:comunque )?la multa|chiud\w+ un occhio|lasci\w+ correre|罰せられ|処罰され|罰なし|罰はない|se libran? de|nos (?:multan|sancionan)|passer?(?:-t-(?:il|elle|on))? l.éponge|pardonn|être puni|dispensée?s?\b|exonér|échapper|sans amende|\bexim|\bexent|exoner|perdon|no sanciona|免除|見逃"
        ),
        late(
            r"不予(?:行政)?处罚|免[予于]|(?:主动|及时)(?:纠正|改正|拆除|整改|消除)|未造成|没有造成|未超标|首次(?:违|轻微|发生)|"
            r"情节轻微|从轻|减轻"
        ),
    ),
    "papers": (
        late(
            r"(?:什么|哪些|啥|几样|哪几样).{0,4}(?:材料|证件|手续|资料|证明|东西去办)|(?:材料|证件|手续|资料|证明).{0,6}(?:什么|哪些|啥)|"
            r"要带[什啥哪]|(?:which|what) (?:papers|documents|forms)(?: \w+){0,4} (?:need|require|bring|submit)|quali documenti serv|"
            r"quels documents|qué documentos|qué papeles|必要な書類|什么文件.{0,4}(?:准备|带)|(?:准备|带)什么文件"
        ),
        late(r"材料|提交|提供.{0,12}(?:证|表|明)|复印件|申请[表书]|携带|出示"),
    ),
    "basis": (
        late(
            r"(?<![有没无缺])(?:法律|法规|处罚|政策|制定|上位|主要)?依据(?!.{0,4}(?:吗|嘛|(?<!什)么$))|根据(?:的?是)?(?:什么|哪|啥)|(?:按照?|引的?是?|引用的?是?|援引|适用|违反了?)(?:的是)?(?:什么|哪|啥)(?:部|个|些|条|项)?(?:法|条例|规定|办法|令|文件)|"
            r"(?:哪|什么|啥)(?:部|条|个|些|几部)?(?:法(?!院|定|人|官|庭|子)|条例|上位法)|哪部令|legal basis|(?:which|what) (?:laws?|acts?|statutes?|regulations?)\b|under (?:which|what) (?:law|article|act|rule)|"
            r"哪条哪[项款]|第几条|引用的.{0,6}条款|(?:which|what) (?:\w+ )?(?:order|article)s?\b.{0,40}\b(?:law|act|cite[sd]?|legal)|base (?:jur[ií]dica|juridique|légale|legal)|fondement|quale legge|quali leggi|base giuridica|quelle loi|quelles lois|qué ley|法的根拠|どの法律|何の法律|根拠"
        ),
        late(
            r"《[^》]{2,40}(?:法|条例|规定|办法|细则|通则|准则|决定|意见|通知|解释|规范|标准|规划|方案)》|(?:依照|根据|按照|依据).{2,30}(?:法|法律|法规|规定|条例)|第[一二三四五六七八九十百零\d]+条"
        ),
    ),
    "phone": (
        late(
            r"电话|座机|手机号|热线|(?<!文)(?<!文的)(?<!文件)号码|(?:联系|咨询)(?:方式|哪|谁)|打给|\bphone|telephone|telefono|téléphone|teléfono|電話|連絡先"
        ),
        late(
            r"(?<!传真:)(?<![\d-])(?:\d{3,4}-)?\d{7,8}(?!\d)|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)12\d{3}(?!\d)|热线|电话"
        ),
    ),
    "mail": (
        late(r"邮箱|信箱|电子邮件|posta elettronica|e-?mail\b|correo electr|courriel|メール"),
        late(r"\S@\S|(?<!电子)信箱"),
    ),
    "postcode": (
        late(
            r"邮编|邮政编码|邮递区号|postal code|postcode|zip code|codice postale|\bcap\b|code postal|código postal|郵便番号"
        ),
        late(r"邮编|邮政编码|(?<!\d)[1-8]\d{5}(?!\d)"),
    ),
    "website": (
        late(
            r"网址|网上(?:哪个|什么|的)?(?:地址|网站)|(?:哪个|什么)网站|官网|what website|\burl\b|che sito|quel site|qué (?:sitio|página)|どのサイト"
        ),
        late(r"www\.|https?:|网址|\w\.(?:gov|com|cn|net|org)\b"),
    ),
    "until": (
        late(
            r"(?:到|至)(?:哪一?[天日年]|几[号月]|什么时候|啥时候|何时).{0,4}(?:结束|收|截止|闭幕|为止|止|完)|(?:什么时候|啥时候|何时|几[号月]|哪一?[天日]).{0,4}(?:结束|收[场尾摊官]|闭幕|散场)|"
            r"\b(?:until|till) (?:when|what|which)|when (?:does|did|will|do) .{2,60} (?:end|close|finish|expire)|jusqu.(?:à|au) (?:quand|quel)|hasta (?:cuándo|qué)|fino a (?:quando|che (?:giorno|data|mese|anno|ora))|いつまで"
        ),
        late(
            r"[至到].{0,10}[年月日号](?:底|末|止|前)?|截止|截至|为止|闭幕|结束|有效期|为期|期限|[年月日]底?前|至.{0,4}止"
        ),
    ),
    "fax": (
        late(r"传真|傳真|\bfax|télécopie|ファックス|ファクス"),
        late(r"传真|\bfax"),
    ),
    "successor": (
        late(
            r"(?:由谁|谁来|谁|由?哪个|哪位)(?:来)?(?:接|顶|替|继|补)|接(?:他|她|其|替|任|手|班|了)?.{0,4}(?:位子|位置|班|职务)|(?:去|到|往)(?:了)?(?:哪里?|哪儿|什么(?:地方|单位|部门)|何处)(?:任职|当|上班|工作|高就)|顶替|补缺|(?:位子|位置|职务|空缺).{0,6}(?:接|顶|补上)|调(?:去|到|往|任)了?(?:哪|何|什么)|去向|换(?:成|了|上)?了?(?:谁|哪位|何人)|接替|接任|继任|新任|(?:who|quién|qui|chi) .{0,20}(?:replac|succe|reempla|remplac|sostitu|take over|took over)|(?:posto|incarico) d(?:i|el|ella)\b|(?:ocup|cubr)\w+ (?:el|la|su) (?:puesto|cargo|vacante)|a pris (?:sa|la) (?:place|succession)|fill(?:ed|s)? (?:the|his|her) (?:post|position|seat|vacanc)|successor|後任"
        ),
        late(r"任命|接任|继任|接替|(?:同志|[\u4e00-\u9fff]{2,4})(?:任|担任|为)(?!务|期|何|职)"),
    ),
    "hours": (
        late(
            r"(?<![差百零成\d有])几点(?!建|意|要|了不起)|开门|关门|营业时间|上班时间|opening hours|open on|what time|a che ora|à quelle heure|a qué hora|何時"
        ),
        late(r"\d{1,2}[:时点]\d{0,2}|上午|下午|每周|工作日"),
    ),
    # Nothing in a gazette answers what the bot itself is asked: to write a text, or who it is.
    "talk": (
        late(
            r"^(?:请问)?你(?:是|会|能|叫|觉得|们是|好)|你(?:到底|究竟)?是(?:人|真人|机器|谁)|(?:帮|给|替|为)我(?:写|编|翻译|画|算|做|想|讲个|起)|"
            r"^(?:are|can|could|do|did|will) you\b(?! (?:have|need|want) to)|write (?:me|a)\b|translate|sei (?:un|una)\b|scrivimi|eres (?:un|una)\b|escríbe|êtes-vous|écris|あなたは"
        ),
        late(r"(?!)"),
    ),
    # The lines of an imprint, each under the label that it stands by.
    "editor": (
        late(
            r"(?<!副)主编|总编|责任编辑|文字编辑|\beditor|caporedattore|rédacteur|rédactrice|redactor|director editorial|編集長|编集长"
        ),
        late(r"(?m)^(?:执行|本期)?(?:主编|总编辑?|责任编辑|编辑)\s*:|(?:担任|任)主编"),
    ),
    "printer": (
        late(
            r"(?:哪[家个里儿]|什么|啥).{0,8}(?:印[的出刷制]|厂印)|承印|印刷(?:厂|单位|公司)|\bprint(?:ed by|er\b|ing (?:house|company|firm))|(?:who|company|firm|press) print|"
            r"stampat[oa] |tipografia|imprim(?:é|eur|erie)|impres[oa] |imprenta|印刷"
        ),
        late(r"(?m)^(?:承印|印刷|印制)(?:单位|厂)?\s*:|印务|印刷(?:厂|有限公司)|印制"),
    ),
    "licence": (
        late(
            r"刊号|准印|准字|内部资料.{0,6}号|\bissn\b|(?:publication|press) (?:licen[cs]e|permit|number)"
        ),
        late(r"刊号|准印|准字|issn|(?<![a-z])cn\s?\d\d-"),
    ),
    "address": (
        late(
            r"地址|住址|门牌|calle y número|via e numero|rue et numéro|which street|(?:编辑部|公报室|办公室|公报社).{0,6}(?:在哪|哪里|哪儿)|(?:寄|送)(?:到|给|往|去)?(?:哪里|哪儿|哪个|什么地)|"
            r"(?<!e-mail )(?<!email )(?<!mail )\baddress\b|indirizzo(?! e-?mail)|adresse(?! (?:e-?mail|électronique))|direcci[oó]n(?! (?:de correo|electr))|住所"
        ),
        late(r"地址|(?:路|街|巷|大道|弄)\d+号|\d+楼|\d+室"),
    ),
    "imprint": (
        late(
            r"公报|公報|官报|刊物|编辑部|编委|主编|订阅|赠阅|gazette|gazzetta|gaceta|bollettino|bulletin|bolet[ií]n|journal officiel"
        ),
        late(
            r"(?m)^(?:主编|副主编|编辑|责任编辑|主任|副主任|委员|主办|主管|编印|编辑出版|出版|印刷|刊号|邮编|邮政编码|地址|电话|传真|邮箱|电子邮箱|网址|定价|出版日期)\s*:|"
            r"编辑委员会|总第\d+期|赠阅|准字"
        ),
    ),
    # Closer than any time: how long, when a thing will be done, how long a permit holds.
    "duration": (
        late(
            r"多久(?!.{0,4}(?:过期|到期|失效))|多长时间|(?<![十好前后这那近头过])几年|(?<![前后这那过没好十])几天|几个?(?:工作日|小时|钟头|星期|礼拜)|几个月|(?<![上下本这])几周|"
            r"多少(?:天|年|日|个月|个?工作日|个?小时)|how long\b|(?:how many|combien d[e']|cuántos|cuántas|quanti|quante) ?(?:working |business )?(?:days|weeks|months|years|hours|"
            r"jours|semaines|mois|ans|années|heures|días|semanas|meses|años|horas|giorni|settimane|mesi|anni|ore)\b|combien de temps|cuánto tiempo|quanto tempo|quanto .{0,12}\bdur|combien .{0,20}\bdur|cuánto .{0,12}\bdur|签几年|签多长|何日間|何年間|何か月|何ヶ月|どのくらいの期間"
        ),
        late(
            r"(?<![\d年])\d{1,3}\s*个?(?:工作日|小时|分钟|个月|月(?=[以之]?内)|周|天)|(?<![\d月])\d{1,3}日(?:[以之]?内|前(?!夕))|(?<!\d)\d{1,2}年(?:[以之]?[内上下]|期|(?=[^\d月底末度初中代级]))|"
            r"[一二三四五六七八九十两半]+(?:个工作日|个月|年(?![级度终]|[上下]半年)|天|小时|周(?!年|岁)|日内)|长期|永久|当[场天日]|即[时日]"
        ),
    ),
    "completion": (
        late(
            rf"(?:{_WHEN}|多久|预计|计划).{{0,12}}(?:{_DONE})|(?:{_DONE}).{{0,8}}(?:{_WHEN}|时间|期限|日期)|"
            r"(?:when|by what|what date).{0,60}(?:\bopen|finish|complet|\bready\b|operational|in service|\bride\b|go live|be done|be built)|"
            r"(?:quando|entro (?:quale|che)).{0,60}(?:\bapr|pront|complet|finit|ultimat|in funzione|salire|attiv)|(?:quand|quelle date).{0,60}(?:ouvr|prêt|achev|service|termin|finie?)|"
            r"(?:cuándo|qué fecha).{0,60}(?:abr|list[oa]|termin|complet|funcion|inaugur)|いつ.{0,30}(?:開通|完成|開業|開始|出来上)"
        ),
        late(
            rf"(?:\d[年月日]|[年月]底|[上下]半年).{{0,40}}(?:{_DONE})|(?:{_DONE}).{{0,16}}\d[年月日]"
        ),
    ),
    "validity": (
        late(
            r"有效期|(?:几年|多久|多长时间|什么时候|啥时候|何时).{0,6}(?:过期|到期|失效)|管(?:几|多少)(?:年|个月|天)|(?:能|可以|可)用(?:几年|多久)|valid for|(?:licen[cs]e|permit|certificate).{0,16}\bgood\b(?= for|\?|$)|(?:is|are|stays?|remains?) .{0,20}valid\b|good for\b|"
            r"validit[àéy]|valid[eoa] per|valable|validez|vigencia|有効期間|有効期限"
        ),
        late(
            r"有效期(?:限)?[^,。;]{0,10}(?:\d|[一二三四五六七八九十])|有效期[至为]|长期有效|(?:保质|任|聘|服务)期"
        ),
    ),
    "distance": (
        late(
            r"几(?:公里|千米|米|里路)|多少(?:公里|千米|米|里路)|多远|全长|total length|length in|lunghezza|longueur totale|longitud total|(?:路|桥|线|墙|棚|牌|层高|间距|距离).{0,4}(?:多[长高宽](?!时间)|多少)|"
            r"how (?:far|tall|wide|high is the (?:wall|ceiling|building))|how long is the (?:road|line|track|bridge|tunnel)|(?:how many|quanti|cuántos|combien de) ?(?:kilomet|met(?:er|re)s|chilom|metri(?! [qc])|metros(?! c)|kilóm|mètres(?! c)|km\b)|"
            r"a (?:che|quale|qué) distan|à quelle distance|何(?:メートル|キロ)"
        ),
        late(r"[\d一二三四五六七八九十百]\s*(?:公里|千米|厘米|米(?!\s*[²2])|km\b)|层高"),
    ),
    "rank": (
        late(
            r"排(?!放|污|水|查|除|气|烟)(?:名|在|到|行)?.{0,3}第?几|(?:名列|位居|位列).{0,4}几|第几(?:名|位)|名次|排名|头名|头一名|(?:第一|榜首|冠军)是(?:谁|哪)|谁.{0,4}第一|\bran[kc](?:s|ed|ing)?\b|\bwhich place\b|classificat[oa]\b|in classifica|classement|quel rang|qué (?:puesto|lugar)|何位|順位"
        ),
        late(
            r"第[一二三四五六七八九十\d]+[位名]|位?[居列](?:全[省国市])?[^,。;]{0,6}(?:第|首|前)|全[省国市]第[一二三四五六七八九十\d]|前[三五十]\s*[,，。、位名]?|首位|名列|进入.{0,4}前"
        ),
    ),
    # Any figure; wider than every other.
    "figure": (
        late(
            r"多少|(?:降|升|控制|压|增|提高|达|涨)(?:到|至|了)?几|是几(?![个月号天年家条项位])|what (?:is|was|were|are) the (?:total|figure|value|rate|level|number|target|limit|volume)|how much\b|\bquanto\b|à combien|\bcuánto\b|どのくらい|どれくらい|いくつ"
        ),
        late(r"\d"),
    ),
    "list": (
        late(
            r"哪些|哪几|哪(?:\d+|[二两三四五六七八九十]+)[个家项条种类名位所大处座块批样]|(?:给|发|要|有没有|求|找|看看?|附).{0,6}(?:目录|名录|名单|清单)(?!里|上|中|内|的)|(?:目录|名录|名单)(?:给我|发|有没有|有吗|在哪)|都?有谁|名单|名册|列(?:全|出来|一下)|一覧|リスト|\blist of\b|(?:the|a) list\b|(?:vorrei|avere|dammi|un) l?.?elenco|la lista\b|la liste\b|\b(?:nomi|noms|nombres|names)\b|which (?:\w+ )?(?!is\b|was\b|has\b|does\b|prints\b|sells\b|makes\b|runs\b|owns\b)\w+s\b|quali\b|quels|quelles|cuáles|(?<!な)どの(?!くらい|ぐらい|程度|よう)"
        ),
        late(
            r"[^、。;；:,]{2,12}、[^、。;；:,]{2,12}、[^、。;；:,]{2,12}|:[^、。;；:,]{2,12}、[^、。;；:,]{2,12}$|;[^;。]{2,40};[^;。]{2,40}|[”》\"][“《\"][^”》\"]{1,20}[”》\"][“《\"]|:\s*\n(?:[^\n:。]{2,24}\n){2}"
        ),
    ),
}
#: What says that a clause does not hold what it speaks of, by kind: 目录由市局公布 names no entry.
WITHOUT: dict[str, re.Pattern[str]] = {
    "list": late(
        r"(?:目录|名单|名录|清单|办法|标准|细则|方案)(?:另行|由[^,。;]{1,14})(?:统一)?[^,。;]{0,6}(?:制定|公布|发布|公告|确定|明确)"
    )
}
